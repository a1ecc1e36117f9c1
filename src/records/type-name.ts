import { recordTypeName } from '../text/record-type-names.ts';

/** A record type, and how a line with it begins: `type=NAME `. */
export interface TypeName {
  readonly name: string;
  readonly prefix: string;
}

/**
 * The type that stands at `start`, if it is the last one with the same two first letters. Most lines have one of six types:
 * they are known by one comparison, and share one name.
 */
export function expectedType(text: string, start: number): TypeName | undefined {
  const type = seen[placeOf(text, start)];
  return type !== undefined && text.startsWith(type.prefix, start) ? type : undefined;
}

/** The type whose `type=` stands at `start`, from now on the one to expect unless it is too long to remember. */
export function readType(text: string, start: number, end: number): TypeName {
  const written = text.slice(start + typeLength, end);
  // The kernel's own log has only numbers.
  const name = /^[12]\d{3}$/.test(written) ? recordTypeName(Number(written)) : written;
  // The name of a property is kept by V8 once only, so that comparing it with another one is comparing two addresses.
  const [shared = name] = name.length > maxRememberedLength ? [] : Object.keys({ [name]: 0 });
  const type = { name: shared, prefix: `type=${name === written ? shared : written} ` };
  if (name.length <= maxRememberedLength) seen[placeOf(text, start)] = type;
  return type;
}

const typeLength = 'type='.length;
/** The longest name of libaudit.h has 22 letters; `UNKNOWN[1334]` has 13. */
const maxRememberedLength = 32;
const seen: (TypeName | undefined)[] = Array.from({ length: 64 });

/** PATH and PROCTITLE, SYSCALL and SOCKADDR differ in the second letter. */
function placeOf(text: string, start: number): number {
  return (text.charCodeAt(start + typeLength) + 7 * text.charCodeAt(start + typeLength + 1)) & 63;
}
