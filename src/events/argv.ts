import type { AuditEvent, AuditRecord } from '../model/audit.ts';

/** Stands where arguments or parts of one are missing. */
const missingMark = '<...>';

export interface Argv {
  /** Bytes as latin1. */
  readonly argv: readonly string[];
  /** Something is missing: `<...>` stands in its place, or the end of the record is cut off. */
  readonly truncated: boolean;
  /** One record holds all of it, so it follows from that record's text alone. */
  readonly lone: boolean;
}

/** A record shorter than this was not filled up, so no further EXECVE record followed it (kernel: MAX_EXECVE_AUDIT_LEN 7500). */
const filledRecordBytes = 7000;

/**
 * Joins the argument list from an event's EXECVE records: `argc=N a0="…" a1=HEX`, and for long arguments
 * `aN_len=L aN[0]=… aN[1]=…` over several records.
 *
 * Kernels before 4.20 leave empty arguments out, so a gap in a lone short record with argc is that; any other gap is a
 * loss.
 *
 * @param whole the event came to its regular end
 * @see kernel/auditsc.c audit_log_execve_info
 */
export function readArgv(records: readonly AuditRecord[], whole: boolean): Argv {
  const [only] = records;
  const simple = only && records.length === 1 ? readSimple(only) : undefined;
  return simple ? { argv: simple, truncated: false, lone: true } : readPieces(records, whole);
}

/** The event came to an end that its source marks, or has all that it announced. */
export function endedRegularly({ completedBy }: AuditEvent): boolean {
  return completedBy === 'proctitle' || completedBy === 'eoe' || completedBy === 'items';
}

/** The list of a record that holds all of it and no pieces, as nearly every one does; undefined where it is not so. */
function readSimple(record: AuditRecord): readonly string[] | undefined {
  const argc = Number(record.get('argc'));
  if (!(argc > 0 && argc <= argumentNames.length) || record.cut || record.text.includes('_len=')) return undefined;
  const argv: string[] = [];
  for (let index = 0; index < argc; index++) {
    const argument = record.get(argumentNames[index] ?? '');
    if (argument === undefined) return undefined;
    argv.push(argument);
  }
  return record.get(`a${argc}`) === undefined ? argv : undefined;
}

const argumentNames = Array.from({ length: 64 }, (_, index) => `a${index}`);

function readPieces(records: readonly AuditRecord[], whole: boolean): Argv {
  const { argc, pieces, lengths, cut } = collect(records);
  const oneShort = records.length === 1 && (records[0]?.text.length ?? 0) < filledRecordBytes;
  const gapsAreEmpty = whole && oneShort && !cut && argc !== undefined;
  const argv: string[] = [];
  let truncated = cut;

  function fillGap(from: number, until: number): void {
    // An argument that lacks its end went on in a record that was lost, and the ones behind it with it.
    if (gapsAreEmpty && !truncated && until - from < filledRecordBytes) {
      for (let index = from; index < until; index++) argv.push('');
    } else {
      argv.push(missingMark);
      truncated = true;
    }
  }

  let found: ReadonlySet<number> | undefined;
  const quoted = (): ReadonlySet<number> => {
    found ??= findQuoted(records);
    return found;
  };
  let next = 0;
  let at = 0;
  for (let first = pieces[at]; first; first = pieces[at]) {
    const { index } = first;
    if (index > next) fillGap(next, index);
    const start = at;
    while (pieces[at]?.index === index) at++;
    const argument = joinPieces(pieces.slice(start, at), lengths.get(index), quoted);
    argv.push(argument.text);
    truncated ||= argument.incomplete;
    next = index + 1;
  }
  if (argc !== undefined && argc > next) fillGap(next, argc);
  return { argv, truncated, lone: false };
}

/** `aINDEX[PLACE]="TEXT"`, or the whole argument at place 0. */
interface Piece {
  readonly index: number;
  readonly place: number;
  readonly text: string;
}

interface Pieces {
  /** Stands in the first record only. */
  readonly argc: number | undefined;
  /** By index, then by place. */
  readonly pieces: readonly Piece[];
  /** What `aN_len` announces. */
  readonly lengths: ReadonlyMap<number, number>;
  readonly cut: boolean;
}

const argumentName = /^a(\d{1,7})(?:(_len)|\[(\d{1,5})\])?$/;

function collect(records: readonly AuditRecord[]): Pieces {
  const pieces: Piece[] = [];
  const lengths = new Map<number, number>();
  let argc: number | undefined;
  let cut = false;
  for (const record of records) {
    cut ||= record.cut;
    for (const [name, text] of Object.entries(record.fields)) {
      if (name === 'argc') argc = Number(text) || 0;
      const parts = argumentName.exec(name);
      if (!parts) continue;
      const index = Number(parts[1]);
      if (parts[2]) lengths.set(index, Number(text));
      else pieces.push({ index, place: Number(parts[3] ?? 0), text });
    }
  }
  pieces.sort((one, other) => one.index - other.index || one.place - other.place);
  return { argc, pieces, lengths, cut };
}

function joinPieces(
  pieces: readonly Piece[],
  length: number | undefined,
  quoted: () => ReadonlySet<number>,
): { text: string; incomplete: boolean } {
  let joined = '';
  let gap = false;
  let bytes = 0;
  let next = 0;
  for (const { place, text } of pieces) {
    // A record that came twice.
    if (place < next) continue;
    if (place > next) {
      joined += missingMark;
      gap = true;
    }
    joined += text;
    bytes += text.length;
    next = place + 1;
  }
  // `aN_len` counts hex digits where the argument is hex, else bytes.
  const isHex = (): boolean => !quoted().has(pieces[0]?.index ?? 0);
  const short = length !== undefined && bytes !== length && !(2 * bytes === length && isHex());
  return { text: short && !gap ? joined + missingMark : joined, incomplete: gap || short };
}

/** Arguments in pieces that are quoted; found once for all of them, since a record may hold thousands. */
function findQuoted(records: readonly AuditRecord[]): ReadonlySet<number> {
  const quoted = new Set<number>();
  for (const { text } of records) for (const [, index] of text.matchAll(/ a(\d+)\[\d+\]="/g)) quoted.add(Number(index));
  return quoted;
}
