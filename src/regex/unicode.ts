/** Code points from the first to the last. */
export type Range = readonly [from: number, to: number];

/**
 * The characters that a set has by V8's own tables, in order; `source` is a set in the words of the flag v.
 *
 * @param far all of Unicode, and not only ASCII with what is the same without case
 */
export function scanUnicode(source: string, far: boolean): readonly Range[] {
  const scans = far ? farScans : nearScans;
  let known = scans.get(source);
  if (!known) {
    known = scan(source, far ? farBlocks : nearBlocks);
    if (scans.size >= maxScans) scans.clear();
    scans.set(source, known);
  }
  return known;
}

/** Code points of which the first `spelled` are asked for, and the others are all like the last of those. */
interface Block {
  readonly from: number;
  readonly spelled: number;
  readonly size: number;
}

function scan(source: string, blocks: readonly Block[]): readonly Range[] {
  const runs = new RegExp(`${source}+`, 'gv');
  const found: [number, number][] = [];
  for (const { from, spelled, size } of blocks) {
    const unitsEach = from > 0xffff ? 2 : 1;
    for (const match of spell(from, spelled).matchAll(runs)) {
      const first = from + match.index / unitsEach;
      const end = match.index / unitsEach + match[0].length / unitsEach;
      const last = from + (end === spelled ? size : end) - 1;
      const before = found.at(-1);
      if (before && before[1] === first - 1) before[1] = last;
      else found.push([first, last]);
    }
  }
  return found;
}

function spell(from: number, count: number): string {
  const unitsEach = from > 0xffff ? 2 : 1;
  const units = new Uint16Array(count * unitsEach);
  for (let place = 0; place < count; place++) {
    const codePoint = from + place;
    if (unitsEach === 1) {
      units[place] = codePoint;
    } else {
      units[2 * place] = 0xd800 + ((codePoint - 0x10000) >> 10);
      units[2 * place + 1] = 0xdc00 + (codePoint & 0x3ff);
    }
  }
  return Buffer.from(units.buffer).toString('utf16le');
}

const blockSize = 0x400;

/** Blocks of 1,024, so that high and low surrogates stand in texts of their own. */
function blocks(from: number, to: number): Block[] {
  const all: Block[] = [];
  for (let at = from; at < to; at += blockSize) all.push({ from: at, spelled: blockSize, size: blockSize });
  return all;
}

/** A plane without characters, whose code points are all alike but for the last two (Unicode, 23.7 Noncharacters). */
function emptyPlane(plane: number): Block[] {
  const from = plane * 0x10000;
  return [
    { from, spelled: 1, size: 0xfffe },
    { from: from + 0xfffe, spelled: 2, size: 2 },
  ];
}

// K and s have twins far away: U+212A (KELVIN SIGN) and U+017F (LATIN SMALL LETTER LONG S).
const nearBlocks = [...blocks(0, blockSize), ...blocks(0x2000, 0x2000 + blockSize)];
const farBlocks = [
  ...blocks(0, 0x40000),
  ...Array.from({ length: 10 }, (_, index) => emptyPlane(4 + index)).flat(),
  ...blocks(0xe0000, 0xf0000),
  ...emptyPlane(15),
  ...emptyPlane(16),
];

const maxScans = 64;
const nearScans = new Map<string, readonly Range[]>();
const farScans = new Map<string, readonly Range[]>();
