import { z } from 'zod';
import type { NewProcess, Process, ProcessTable } from './table.ts';

/** One process of a saved table, as one line of JSON: see `form`. */
type Row = z.infer<typeof form>;

/** Characters of a command line that are kept over a restart; a longer one is marked as cut. */
const maxCommandLine = 4096;

/**
 * The table as lines, so that it can be written in pieces: living processes first, those used last before others, and their
 * parents that the table itself has forgotten at the end.
 */
export function* linesOf(table: ProcessTable): Generator<string, void> {
  const numbers = new Map<Process, number>();
  const listed = [...table.all()].reverse();
  const written = new Set<Process>();
  const parents = new Set<Process>();

  function numberOf(process: Process): number {
    const number = numbers.get(process) ?? numbers.size;
    numbers.set(process, number);
    return number;
  }

  function lineOf(process: Process): string {
    const { parent } = process;
    written.add(process);
    if (parent) parents.add(parent);
    return JSON.stringify(rowOf(process, numberOf(process), parent && numberOf(parent)));
  }

  for (const process of listed) if (process.goneMs === undefined) yield lineOf(process);
  for (const process of listed) if (process.goneMs !== undefined) yield lineOf(process);
  for (const process of parents) if (!written.has(process)) yield lineOf(process);
}

/**
 * Enters the processes of saved lines into an empty table.
 *
 * @throws Error when a line is damaged; the table is as it was then
 */
export function restoreLines(lines: readonly string[], table: ProcessTable): void {
  const rows = lines.map((line) => form.parse(JSON.parse(line)));
  const byNumber = new Map<number, Process>();
  // What was used last is entered last, and forgotten last.
  for (const row of rows.toReversed()) byNumber.set(row.number, enter(row, table));
  for (const { number, parent } of rows) {
    const process = byNumber.get(number);
    if (process && parent !== undefined) process.parent = byNumber.get(parent);
  }
}

function enter(row: Row, table: ProcessTable): Process {
  const { pid, startedMs, startTicks, ppid, stackStart, formerStackStart, reports, reportsAtScan } = row;
  const { goneMs, session, container: containerId, unit: systemdUnit } = row;
  const [first, ...laterImages] = row.images.map(([source, atMs, image, commandLine, user]) => ({
    source,
    atMs,
    image: image ?? undefined,
    commandLine: commandLine ?? undefined,
    user: user ?? undefined,
  }));
  if (!first) throw new Error(`process ${pid} has no image`);
  const known: NewProcess = {
    ...{ pid, startedMs, startTicks, ppid, parent: undefined, stackStart, reports, session, image: first },
    laterImages,
  };
  const process = table.add(known);
  const isInCgroup = containerId !== undefined || systemdUnit !== undefined;
  return Object.assign(process, {
    formerStackStart,
    reportsAtScan,
    goneMs,
    cgroup: isInCgroup ? { containerId, systemdUnit } : undefined,
  });
}

function rowOf(process: Process, number: number, parent: number | undefined): Row {
  const { pid, startedMs, startTicks, ppid, stackStart, formerStackStart, reports, reportsAtScan } = process;
  const { goneMs, session, cgroup } = process;
  return {
    ...{ number, pid, startedMs, startTicks, ppid, parent, stackStart, formerStackStart, reports, reportsAtScan },
    ...{ goneMs, session, container: cgroup?.containerId, unit: cgroup?.systemdUnit },
    images: process.images.map(({ source, atMs, image, commandLine, user }) => [
      source,
      atMs,
      image ?? null,
      commandLine === undefined ? null : shortened(commandLine),
      user ?? null,
    ]),
  };
}

function shortened(commandLine: string): string {
  return commandLine.length > maxCommandLine ? `${commandLine.slice(0, maxCommandLine)}<...>` : commandLine;
}

const form = z.object({
  number: z.int(),
  parent: z.int().optional(),
  pid: z.int(),
  startedMs: z.number(),
  startTicks: z.number().optional(),
  ppid: z.int().optional(),
  stackStart: z.string().optional(),
  formerStackStart: z.string().optional(),
  reports: z.int(),
  reportsAtScan: z.int(),
  goneMs: z.number().optional(),
  session: z.string().optional(),
  container: z.string().optional(),
  unit: z.string().optional(),
  images: z
    .array(
      z.tuple([
        z.enum(['audit', 'proc', 'fork']),
        z.number(),
        z.string().nullable(),
        z.string().nullable(),
        z.string().nullable(),
      ]),
    )
    .min(1),
});
