import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../model/rule.ts';
import { parseRules } from './parse-rule.ts';
import { createReport, type Report } from './report.ts';
import type { Rule } from './rule.ts';

/**
 * Loads rules from files and from folders, which are read recursively for .yml and .yaml in the order of their paths.
 *
 * Never rejects: what cannot be read or is no rule becomes a problem with its place, and everything else loads. A file
 * that is reached twice loads once; a second rule with the same id is a problem.
 */
export async function loadRules(
  paths: readonly string[],
): Promise<{ rules: readonly Rule[]; problems: readonly Problem[] }> {
  const report = createReport();
  const seen = new Set<string>();
  const rules = new Map<string, Rule>();
  for (const path of paths) {
    for await (const file of ruleFiles(path, seen, report)) {
      await loadFile(file, rules, report);
    }
  }
  return { rules: [...rules.values()], problems: report.problems };
}

async function loadFile(path: string, rules: Map<string, Rule>, report: Report): Promise<void> {
  const text = await orReport(path, report, () => readFile(path, 'utf8'));
  if (text === undefined) return;
  const before = report.problems.length;
  const parsed = parseRules(text, path, report);
  if (parsed.length === 0 && report.problems.length === before) {
    report.warning({ path, line: 1, column: 1 }, 'the file holds no rule');
  }
  for (const { rule, at } of parsed) {
    const first = rules.get(rule.meta.id);
    if (first) report.error(at, `a rule with the id '${rule.meta.id}' is already loaded from ${first.meta.path}`);
    else rules.set(rule.meta.id, rule);
  }
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
