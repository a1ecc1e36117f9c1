import type { AuditRecord } from '../model/audit.ts';

/** Stands where arguments or parts of one are missing. */
export const missingMark = '<...>';

export interface Argv {
  /** Bytes as latin1. */
  readonly argv: readonly string[];
  /** Something is missing: `<...>` stands in its place, or the end of the record is cut off. */
  readonly truncated: boolean;
}

/** A record shorter than this was not filled up, so no further EXECVE record followed it (kernel: MAX_EXECVE_AUDIT_LEN 7500). */
const filledRecordBytes = 7000;

/**
 * Joins the argument list from an event's EXECVE records: `argc=N a0="…" a1=HEX`, and for long arguments
 * `aN_len=L aN[0]=… aN[1]=…` over several records.
 *
 * Kernels before 4.20 leave empty arguments out, so a gap in a lone short record is that; any other gap is a loss.
 *
 * @param whole the event came to its regular end
 * @see kernel/auditsc.c audit_log_execve_info
 */
export function readArgv(records: readonly AuditRecord[], whole: boolean): Argv {
  const pieces = collect(records);
  const oneShort = records.length === 1 && (records[0]?.text.length ?? 0) < filledRecordBytes;
  const gapsAreEmpty = whole && oneShort && !pieces.cut;
  const argv: string[] = [];
  let truncated = pieces.cut;

  function fillGap(until: number): void {
    if (gapsAreEmpty && until - argv.length < filledRecordBytes) {
      while (argv.length < until) argv.push('');
    } else {
      argv.push(missingMark);
      truncated = true;
    }
  }

  let next = 0;
  for (const index of [...pieces.arguments.keys()].sort((one, other) => one - other)) {
    if (index > next) fillGap(index);
    const argument = joinPieces(pieces.arguments.get(index) ?? [], pieces.lengths.get(index));
    argv.push(argument.text);
    truncated ||= argument.incomplete;
    next = index + 1;
  }
  if (pieces.argc > next) fillGap(pieces.argc);
  return { argv, truncated };
}

interface Pieces {
  argc: number;
  cut: boolean;
  /** By argument, then by piece. */
  readonly arguments: Map<number, string[]>;
  /** What `aN_len` announces. */
  readonly lengths: Map<number, number>;
}

const argumentName = /^a(\d{1,7})(?:(_len)|\[(\d{1,5})\])?$/;

function collect(records: readonly AuditRecord[]): Pieces {
  const pieces: Pieces = { argc: 0, cut: false, arguments: new Map(), lengths: new Map() };
  for (const record of records) {
    pieces.cut ||= record.cut;
    for (const [name, value] of Object.entries(record.fields)) {
      if (name === 'argc') pieces.argc = Math.min(Number(value) || 0, 0xffffffff);
      const parts = argumentName.exec(name);
      if (!parts) continue;
      const index = Number(parts[1]);
      if (parts[2]) pieces.lengths.set(index, Number(value));
      else {
        const argument = pieces.arguments.get(index) ?? [];
        argument[parts[3] === undefined ? 0 : Number(parts[3])] = value;
        pieces.arguments.set(index, argument);
      }
    }
  }
  return pieces;
}

/** `aN_len` counts hex digits where the argument is hex, else bytes. */
function joinPieces(
  pieces: readonly (string | undefined)[],
  length: number | undefined,
): { text: string; incomplete: boolean } {
  let text = '';
  let gap = false;
  let bytes = 0;
  for (const piece of Array.from(pieces)) {
    if (piece === undefined) {
      if (!gap) text += missingMark;
      gap = true;
    } else {
      text += piece;
      bytes += piece.length;
    }
  }
  const short = length !== undefined && bytes !== length && bytes * 2 !== length;
  return { text: short && !gap ? text + missingMark : text, incomplete: gap || short };
}
