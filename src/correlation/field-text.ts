import { hash } from 'node:crypto';
import type { Matchable } from '../matching/event-view.ts';

/** The value of a field as one text, to be compared and kept; null where the event has nothing to compare. */
export function fieldText(event: Matchable, name: string): string | null {
  return textOf(fieldValue(event, name));
}

export function fieldValue(event: Matchable, name: string): unknown {
  if (event.field) return event.field(name);
  const { fields } = event;
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Lists are their JSON. Long texts are their beginning and their hash, so that they are told apart and cost little. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return shortened(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? shortened(jsonOf(value)) : null;
}

function shortened(text: string): string {
  return text.length <= maxChars ? text : `${text.slice(0, startChars)}…${hash('sha256', text)}`;
}

const maxChars = 128;
const startChars = 63;

/** JSON of a list, of any depth: JSON.stringify recurses, and the depth is the event's author's choice. */
function jsonOf(list: readonly unknown[]): string {
  const pieces: string[] = [];
  const left: { readonly of: readonly unknown[]; next: number }[] = [{ of: list, next: 0 }];
  for (let top = left.at(-1); top; top = left.at(-1)) {
    if (top.next === 0) pieces.push('[');
    if (top.next === top.of.length) {
      pieces.push(']');
      left.pop();
      continue;
    }
    if (top.next > 0) pieces.push(',');
    const element = top.of[top.next++];
    if (Array.isArray(element)) left.push({ of: element, next: 0 });
    else pieces.push(JSON.stringify(typeof element === 'object' ? null : element));
  }
  return pieces.join('');
}

/** A copy of its own: a slice would keep in memory all of the text that it was cut from. V8 slices no shorter ones. */
export function detached(text: string): string {
  if (text.length < 13) return text;
  const encoding = /[^\0-\xff]/.test(text) ? 'utf16le' : 'latin1';
  return Buffer.from(text, encoding).toString(encoding);
}
