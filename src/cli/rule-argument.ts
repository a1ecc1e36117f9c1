import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RulesConfig } from '../model/config.ts';
import { exitCode, formatProblem } from '../model/errors.ts';
import type { Problem } from '../model/rule.ts';
import { findDocuments, inForce } from '../sigma/find-document.ts';
import { type Loaded, loadRules } from '../sigma/load.ts';
import type { Document } from '../sigma/rule.ts';
import { didYouMean } from '../text/nearest.ts';

/** How a rule may be named, in the words of --help. */
export const ruleArgument = 'an id, a file or a part of the title that only one rule has';

/** The rule that an argument means, or why there is none: lines for standard error. */
export type FoundRule =
  | { readonly document: Document; readonly loaded: Loaded; readonly warnings: readonly string[] }
  | { readonly complaint: readonly string[]; readonly exitCode: number };

/** Loads rules and finds the one that `wanted` means; a rule file need not be among the paths, and counts as loaded too. */
export async function findRule(wanted: string, { paths, placeholders }: RulesConfig): Promise<FoundRule> {
  const loaded = await loadRules((await isRuleFile(wanted)) ? [wanted, ...paths] : paths, { placeholders });
  const documents = inForce(loaded);
  const [document, ...others] = findDocuments(wanted, documents);
  if (document && others.length === 0) {
    const warnings = loaded.problems.filter(({ at }) => at.path === document.meta.path).map(formatProblem);
    return { document, loaded, warnings };
  }
  if (document) return { complaint: ambiguous(wanted, [document, ...others]), exitCode: exitCode.usage };
  const rejected = await rejectedFor(wanted, loaded.problems);
  if (rejected.length > 0) {
    return { complaint: [`'${wanted}' is not loaded:`, ...rejected.map(formatProblem)], exitCode: exitCode.config };
  }
  if (documents.length === 0) {
    const complaint = [...loaded.problems.map(formatProblem), 'no rule could be loaded'];
    return { complaint, exitCode: exitCode.config };
  }
  return { complaint: [unknown(wanted, documents)], exitCode: exitCode.usage };
}

async function isRuleFile(wanted: string): Promise<boolean> {
  if (!/\.ya?ml$/i.test(wanted)) return false;
  try {
    return (await stat(wanted)).isFile();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return false;
  }
}

/** Errors of files that are the wanted one, or that hold its id or title. */
async function rejectedFor(wanted: string, problems: readonly Problem[]): Promise<readonly Problem[]> {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const suspects = new Set<string>();
  for (const path of new Set(errors.map(({ at }) => at.path))) {
    if (resolve(path) === resolve(wanted) || (await textOf(path)).includes(wanted)) suspects.add(path);
  }
  return errors.filter(({ at }) => suspects.has(at.path));
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return '';
  }
}

function ambiguous(wanted: string, found: readonly Document[]): readonly string[] {
  const shown = found.slice(0, maxCandidates).map(({ meta: { id, title } }) => `  ${id}  ${title}`);
  const more = found.length - shown.length;
  return [
    `'${wanted}' could be any of ${found.length} rules; name one by its id:`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function unknown(wanted: string, documents: readonly Document[]): string {
  const names = documents.flatMap(({ meta, name }) => [meta.id, meta.title, ...(name === undefined ? [] : [name])]);
  const rules = documents.length === 1 ? 'the one rule' : `the ${documents.length} rules`;
  return `'${wanted}' is no id, file or part of a title of ${rules} loaded${didYouMean(wanted, names)}`;
}

const maxCandidates = 20;
