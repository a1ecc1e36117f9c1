import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Location, Problem } from '../model/rule.ts';
import { link } from './link.ts';
import { parseDocuments } from './parse-document.ts';
import { noPlaceholders, type Placeholders } from './placeholders.ts';
import { createReport, type Report } from './report.ts';
import type { Document, RuleCollection } from './rule.ts';
import { isSampleFile } from './sample-file.ts';

interface LoadOptions {
  readonly placeholders?: Placeholders;
  /** Documents of an earlier load: those whose file can no longer be used stay. */
  readonly inForce?: readonly Document[];
}

export interface Loaded {
  readonly collection: RuleCollection;
  /** What the collection was put together from. */
  readonly documents: readonly Document[];
  /** Those of them that were kept from before. */
  readonly kept: readonly Document[];
  /** Everything that was wrong, in the order in which it was found. */
  readonly problems: readonly Problem[];
}

/**
 * Loads rules from files and from folders, which are read recursively for .yml and .yaml in the order of their paths.
 *
 * Never rejects: what cannot be read or is no rule becomes a problem with its place, and everything else loads. A file
 * that is reached twice loads once; a second rule with the same id is a problem.
 */
export async function loadRules(
  paths: readonly string[],
  { placeholders = noPlaceholders, inForce = [] }: LoadOptions = {},
): Promise<Loaded> {
  const report = createReport();
  const files: string[] = [];
  const seen = new Set<string>();
  for (const path of paths) files.push(...(await ruleFiles(path, seen, report)));
  const loaded: Document[] = [];
  for await (const file of readAhead(files, report)) loaded.push(...parseFile(file, placeholders, report));
  const kept = keepBroken(inForce, loaded, report.problems);
  const documents = [...loaded, ...kept];
  return { collection: link(documents, report), documents, kept, problems: report.problems };
}

/** Documents in force whose file, or a folder above it, can no longer be used. */
function keepBroken(
  inForce: readonly Document[],
  loaded: readonly Document[],
  problems: readonly Problem[],
): readonly Document[] {
  const broken = problems.filter(({ severity }) => severity === 'error').map(({ at }) => at.path);
  const ids = new Set(loaded.map(({ meta }) => meta.id));
  return inForce.filter(
    ({ meta }) => !ids.has(meta.id) && broken.some((path) => meta.path === path || meta.path.startsWith(`${path}/`)),
  );
}

interface RuleFile {
  readonly path: string;
  readonly bytes: Buffer;
}

function parseFile({ path, bytes }: RuleFile, placeholders: Placeholders, report: Report): readonly Document[] {
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes)) {
    report.error(firstReplaced(path, text), 'not UTF-8 from here on; save the file as UTF-8');
    return [];
  }
  const before = report.problems.length;
  const documents = parseDocuments(text, path, report, placeholders);
  if (documents.length === 0 && report.problems.length === before) {
    report.warning({ path, line: 1, column: 1 }, 'the file holds no rule');
  }
  return documents;
}

/** Where bytes that are no UTF-8 have become U+FFFD. */
function firstReplaced(path: string, text: string): Location {
  const before = text.slice(0, text.indexOf('\ufffd')).split('\n');
  return { path, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Reads some files at once, and the next ones while those are being parsed: one after the other is mostly waiting. */
async function* readAhead(files: readonly string[], report: Report): AsyncGenerator<RuleFile> {
  const readFrom = (start: number) =>
    Promise.all(
      files.slice(start, start + filesAtOnce).map(async (path) => ({
        path,
        bytes: await orReport(path, report, () => readFile(path)),
      })),
    );
  let next = readFrom(0);
  for (let start = filesAtOnce; start < files.length + filesAtOnce; start += filesAtOnce) {
    const read = await next;
    next = readFrom(start);
    for (const [index, { path, bytes }] of read.entries()) {
      if (bytes !== undefined) yield { path, bytes };
      // The daemon goes on with its events while it loads rules again.
      if (index % filesATurn === filesATurn - 1) await nextTurn();
    }
  }
}

/**
 * The files to read behind a path, in order. `seen` holds device and inode, so that links neither repeat files nor go in
 * circles.
 */
async function ruleFiles(path: string, seen: Set<string>, report: Report): Promise<readonly string[]> {
  const stats = await orReport(path, report, () => stat(path));
  return stats ? await filesOf({ path, stats }, seen, report) : [];
}

interface Found {
  readonly path: string;
  readonly stats: Stats;
}

async function filesOf({ path, stats }: Found, seen: Set<string>, report: Report): Promise<readonly string[]> {
  const identity = `${stats.dev}:${stats.ino}`;
  if (seen.has(identity)) return [];
  seen.add(identity);
  if (stats.isDirectory()) {
    const files: string[] = [];
    for (const found of await foldersAndRules(path, report)) files.push(...(await filesOf(found, seen, report)));
    return files;
  }
  const at = { path, line: 1, column: 1 };
  if (!stats.isFile()) report.error(at, 'neither a file nor a folder');
  else if (stats.size > maxFileBytes) report.error(at, `larger than ${maxFileBytes} bytes`);
  else return [path];
  return [];
}

async function foldersAndRules(folder: string, report: Report): Promise<readonly Found[]> {
  const names = (await orReport(folder, report, () => readdir(folder))) ?? [];
  // Names with a leading dot are editors' and version control's, and the far ends of mounted config maps.
  const paths = names
    .filter((name) => !name.startsWith('.') && !isSampleFile(name))
    .sort()
    .map((name) => join(folder, name));
  const found = await Promise.all(
    paths.map(async (path) => ({ path, stats: await orReport(path, report, () => stat(path)) })),
  );
  return found.flatMap(({ path, stats }) => {
    if (!stats) return [];
    return stats.isDirectory() || /\.ya?ml$/i.test(path) ? { path, stats } : [];
  });
}

async function orReport<T>(path: string, report: Report, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return report.error({ path, line: 1, column: 1 }, `cannot be read: ${error.message}`);
  }
}

/** Rule files are a few kilobytes; a collection in one file may be larger. */
const maxFileBytes = 1024 * 1024;
const filesAtOnce = 32;
const filesATurn = 8;
