import { createContains } from './text-find.ts';
import { characters, createFindEnd, endAt, segmentsOf, width } from './text-segment.ts';
import { many, type Part } from './value.ts';

export type TextTest = (text: string) => boolean;

/** Whether a whole text fits the parts, in time proportional to its length. */
export function textTest(parts: readonly Part[]): TextTest {
  const [first, second, third] = parts;
  if (first === undefined) return (text) => text === '';
  if (parts.length === 1) {
    if (first === many) return () => true;
    if (typeof first === 'string') return (text) => text === first;
  }
  if (parts.length === 2) {
    if (typeof first === 'string' && second === many) return (text) => text.startsWith(first);
    if (first === many && typeof second === 'string') return (text) => text.endsWith(second);
  }
  if (parts.length === 3 && first === many && typeof second === 'string' && third === many) {
    return createContains(second);
  }
  return globTest(parts);
}

function globTest(parts: readonly Part[]): TextTest {
  const segments = segmentsOf(parts);
  const head = segments[0] ?? [];
  if (segments.length === 1) return (text) => endAt(head, text, 0) === text.length;
  const tail = segments.at(-1) ?? [];
  const tailLength = characters(tail);
  const middle = segments
    .slice(1, -1)
    .filter((segment) => segment.length > 0)
    .map(createFindEnd);
  return (text) => {
    let at = endAt(head, text, 0);
    for (const findEnd of middle) {
      if (at < 0) return false;
      at = findEnd(text, at);
    }
    if (at < 0) return false;
    const tailStart = back(text, tailLength);
    return tailStart >= at && endAt(tail, text, tailStart) === text.length;
  };
}

/** Where the last `count` characters of the text start, or -1 when it has fewer. */
function back(text: string, count: number): number {
  let at = text.length;
  for (let left = count; left > 0; left--) {
    if (at === 0) return -1;
    at -= at > 1 && width(text, at - 2) === 2 ? 2 : 1;
  }
  return at;
}
