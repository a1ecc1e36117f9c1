import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Matchable } from '../../src/matching/event-view.ts';
import type { EventFields } from '../../src/model/sigma-event.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import type { Placeholders } from '../../src/sigma/placeholders.ts';
import { createReport, type Report } from '../../src/sigma/report.ts';
import type { Rule, RuleCollection } from '../../src/sigma/rule.ts';

/** A whole rule around the YAML of its detection, whose lines start at column 1. */
export function ruleText(detection: string, { id = 'rule', logsource = 'product: linux' } = {}): string {
  const indented = detection.trim().replace(/^/gm, '  ');
  return `title: A rule\nid: ${id}\nlevel: low\nlogsource:\n  ${logsource}\ndetection:\n${indented}\n`;
}

/** A UUID for a name of up to six letters, in the order of names. */
export function uuid(name: string): string {
  return `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padEnd(12, '0').slice(0, 12)}`;
}

/** The text with UUIDs in the place of ids that are names. */
export function withUuids(text: string): string {
  return text.replace(/^id: (\w+)$/gm, (_, name: string) => `id: ${uuid(name)}`);
}

export function parse(text: string, placeholders?: Placeholders): { rules: Rule[]; problems: string[] } {
  const report = createReport();
  const rules = parseDocuments(text, 'r.yml', report, placeholders).filter((document) => document.kind === 'rule');
  return { rules, problems: told(report) };
}

/** Problems as `severity line:column text`, but for those of ids: rules of tests have ones that people can read. */
export function told({ problems }: Report): string[] {
  return problems
    .filter(({ text }) => !text.includes('is no UUID'))
    .map(({ severity, at, text }) => `${severity} ${at.line}:${at.column} ${text}`);
}

/** Rules without what refers to them. */
export function collectionOf(rules: readonly Rule[]): RuleCollection {
  return { rules, correlations: [], filters: [] };
}

export function event(fields: EventFields, message?: string): Matchable {
  return { logsource: { product: 'linux' }, fields, ...(message !== undefined && { message }) };
}

/** Whether the detection holds, asked with the index and without, which have to agree. */
export function holds(detection: string, subject: Matchable, placeholders?: Placeholders): boolean {
  const { rules, problems } = parse(ruleText(detection), placeholders);
  const errors = problems.filter((problem) => problem.startsWith('error'));
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const [indexed, linear] = [true, false].map(
    (index) => createRuleSet(collectionOf(rules), { index }).matching(subject).length > 0,
  );
  if (indexed !== linear) throw new Error(`the index says ${indexed}, the rule itself ${linear}`);
  return indexed === true;
}

/** Writes files into a new folder that goes away with the test. */
export async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sigma-'));
  t.after(() => rm(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return path;
}
