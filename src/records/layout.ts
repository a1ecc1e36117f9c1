import { isEncodedField } from './decode.ts';
import { detach } from './detach.ts';

/** One field name, ready to be recognised in a line. */
export interface Key {
  readonly name: string;
  /** `NAME=` */
  readonly prefix: Uint8Array;
  readonly encoded: boolean;
}

/**
 * The field names of a record in their order. Records of one type nearly always share it, so that a reader that expects
 * the layout of the record before only has to confirm each name. A record may end early: EXECVE with fewer arguments.
 */
export interface Layout {
  readonly keys: readonly Key[];
  /** Where a name stands; of two that share a name the first, which in user-space records is the trusted outer one. */
  readonly index: ReadonlyMap<string, number>;
  /** The same names, `type`, and `SYSCALL` where it can be told from the numbers. */
  readonly names: ReadonlySet<string>;
}

const maxTypes = 512;
const maxLayoutsPerType = 8;
const maxKeys = 256;
/** Of all names of a layout together; those of real records have some 300. */
const maxNameBytes = 4096;

/** Layouts seen, by record type, the latest first; bounded, since types and names come from the input. */
const seen = new Map<string, Layout[]>();
/** The layout of a record that has nothing. */
export const noLayout = createLayout([]);

export function expectedLayout(type: string): Layout {
  return seen.get(type)?.[0] ?? noLayout;
}

/** Another layout of this type that begins as `layout` does for `count` names and then has `name`. */
export function alternativeLayout(type: string, layout: Layout, count: number, name: string): Layout | undefined {
  return seen.get(type)?.find(({ keys }) => keys[count]?.name === name && beginsAlike(keys, layout.keys, count));
}

export function createKey(type: string, name: string): Key {
  return { name, prefix: Buffer.from(`${name}=`, 'latin1'), encoded: isEncodedField(type, name) };
}

/** A layout of these keys, from now on the one to expect for the type unless it is too big to remember. */
export function rememberKeys(type: string, keys: readonly Key[]): Layout {
  if (keys.length > maxKeys || nameBytes(keys) > maxNameBytes) return createLayout(keys);
  const layout = createLayout(keys.map(({ name }) => createKey(type, detach(name))));
  expect(type, layout);
  return layout;
}

function createLayout(keys: readonly Key[]): Layout {
  const index = new Map<string, number>();
  for (const [place, { name }] of keys.entries()) if (!index.has(name)) index.set(name, place);
  return { keys, index, names: new Set([...index.keys(), 'type', ...(index.has('syscall') ? ['SYSCALL'] : [])]) };
}

function nameBytes(keys: readonly Key[]): number {
  return keys.reduce((bytes, { name }) => bytes + name.length, 0);
}

/** Makes `layout` the one to expect next. */
export function expect(type: string, layout: Layout): void {
  let layouts = seen.get(type);
  if (!layouts) {
    if (seen.size >= maxTypes) seen.clear();
    layouts = [];
    seen.set(detach(type), layouts);
  }
  const place = layouts.indexOf(layout);
  if (place >= 0) layouts.splice(place, 1);
  layouts.unshift(layout);
  layouts.length = Math.min(layouts.length, maxLayoutsPerType);
}

function beginsAlike(one: readonly Key[], other: readonly Key[], count: number): boolean {
  for (let place = 0; place < count; place++) if (one[place]?.name !== other[place]?.name) return false;
  return true;
}
