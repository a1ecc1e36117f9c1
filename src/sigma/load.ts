import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../model/rule.ts';
import { link } from './link.ts';
import { parseDocuments } from './parse-document.ts';
import { createReport, type Report } from './report.ts';
import type { Document, RuleCollection } from './rule.ts';

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
 *
 * @param inForce documents of an earlier load: those whose file can no longer be used stay
 */
export async function loadRules(paths: readonly string[], inForce: readonly Document[] = []): Promise<Loaded> {
  const report = createReport();
  const seen = new Set<string>();
  const loaded: Document[] = [];
  for (const path of paths) {
    for await (const file of ruleFiles(path, seen, report)) loaded.push(...(await loadFile(file, report)));
  }
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

async function loadFile(path: string, report: Report): Promise<readonly Document[]> {
  const text = await orReport(path, report, () => readFile(path, 'utf8'));
  if (text === undefined) return [];
  const before = report.problems.length;
  const documents = parseDocuments(text, path, report);
  if (documents.length === 0 && report.problems.length === before) {
    report.warning({ path, line: 1, column: 1 }, 'the file holds no rule');
  }
  return documents;
}

/** The files to read behind a path. `seen` holds device and inode, so that links neither repeat files nor go in circles. */
async function* ruleFiles(path: string, seen: Set<string>, report: Report): AsyncGenerator<string> {
  const stats = await orReport(path, report, () => stat(path));
  const identity = `${stats?.dev}:${stats?.ino}`;
  if (!stats || seen.has(identity)) return;
  seen.add(identity);
  if (stats.isDirectory()) {
    const names = (await orReport(path, report, () => readdir(path))) ?? [];
    for (const name of names.sort()) {
      // Names with a leading dot are editors' and version control's, and the far ends of mounted config maps.
      if (!name.startsWith('.') && (await isFolderOrRule(join(path, name), report))) {
        yield* ruleFiles(join(path, name), seen, report);
      }
    }
  } else if (!stats.isFile()) {
    report.error({ path, line: 1, column: 1 }, 'neither a file nor a folder');
  } else if (stats.size > maxFileBytes) {
    report.error({ path, line: 1, column: 1 }, `larger than ${maxFileBytes} bytes`);
  } else {
    yield path;
  }
}

async function isFolderOrRule(path: string, report: Report): Promise<boolean> {
  if (/\.ya?ml$/i.test(path)) return true;
  const stats = await orReport(path, report, () => stat(path));
  return stats?.isDirectory() ?? false;
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
