import { createCounters } from '../host/counters.ts';
import { compileValue, type Predicate } from '../matching/compile-value.ts';
import { createEventView } from '../matching/event-view.ts';
import { fold } from '../sigma/fold.ts';
import { many, type Part, type TextValue, type Value } from '../sigma/value.ts';

/** Whether a value holds for a text, as the engine itself sees it. */
export function holdsFor(value: Value, text: string): boolean {
  let predicate = predicates.get(value);
  if (!predicate) {
    predicate = compileValue(value, field, { ...context, cuts: [] });
    predicates.set(value, predicate);
  }
  context.view.load({ logsource: {}, fields: { [field]: text } });
  return predicate();
}

const field = 'field';
const context = { view: createEventView(), truncated: createCounters().counter('verdict_regex_truncated_total') };
const predicates = new WeakMap<Value, Predicate>();

/**
 * Whether a value can hold for a file, or where the path ends with `/` for that folder or something in it. Of what is no
 * plain text it is taken that it can.
 */
export function canBeBelow(value: Value, path: string): boolean {
  if (value.kind === 'any') return value.values.some((inner) => canBeBelow(inner, path));
  if (value.kind !== 'text' || isRelative(value)) return true;
  if (!path.endsWith('/')) return holdsFor(value, path);
  return holdsFor(value, path.slice(0, -1)) || canStartWith(value, path);
}

/** Records name a file as the program did, from whatever folder. */
function isRelative({ parts: [first] }: TextValue): boolean {
  return typeof first === 'string' && !first.startsWith('/');
}

/** Whether any text that begins like this can match; wildcards make it several places of the pattern at once. */
function canStartWith({ parts }: TextValue, start: string): boolean {
  const pattern = parts.flatMap((part): readonly Part[] => (typeof part === 'string' ? [...fold(part)] : [part]));
  let places = new Set(skipMany(pattern, 0));
  for (const character of fold(start)) {
    const next = new Set<number>();
    for (const place of places) {
      const part = pattern[place];
      if (part === many) next.add(place);
      // Any other symbol stands for one character.
      else if (part !== undefined && (typeof part !== 'string' || part === character)) {
        for (const after of skipMany(pattern, place + 1)) next.add(after);
      }
    }
    if (next.size === 0) return false;
    places = next;
  }
  // There has to be a name behind the folder.
  return [...places].some((place) => place < pattern.length);
}

/** The place itself and those behind wildcards that stand for nothing. */
function skipMany(pattern: readonly Part[], place: number): readonly number[] {
  return pattern[place] === many ? [place, ...skipMany(pattern, place + 1)] : [place];
}

/**
 * Whether a value can be the name of a program that is run, which is all that the PATH records of exec name. A file of
 * settings, of state or of a device is none.
 */
export function canBeProgram(value: Value): boolean {
  if (value.kind === 'any') return value.values.some(canBeProgram);
  if (value.kind !== 'text') return true;
  const [first] = value.parts;
  const last = value.parts.at(-1);
  if (typeof last === 'string' && settings.test(last)) return false;
  if (typeof first !== 'string') return true;
  return !noPrograms.test(first) && !(typeof last === 'string' && /\/\.[^/]+$/.test(last));
}

const settings = /\.(?:conf|cnf|cfg|ini|pid|lock|service|timer|socket|rules|log|db)$/i;
const noPrograms = /^\/(?:etc|proc|sys|run|boot|var\/run|var\/log|var\/spool)(?:\/|$)|^\/dev\/(?!shm\/)/i;
