import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RulesConfig } from './model/config.ts';
import type { Problem, RuleMeta } from './model/rule.ts';
import { runSample, type SampleRun } from './sample-run.ts';
import { type Loaded, loadRules } from './sigma/load.ts';
import { parseSamples, type Sample } from './sigma/parse-samples.ts';
import { createReport, type Report } from './sigma/report.ts';
import type { Correlation, Document, Rule, RuleCollection } from './sigma/rule.ts';
import { isSampleFile, sampleFilesOf } from './sigma/sample-file.ts';
import { didYouMean } from './text/nearest.ts';

export interface RuleTests {
  /** What was loaded, which explains outcomes. */
  readonly collection: RuleCollection;
  readonly outcomes: readonly SampleOutcome[];
  /** Rules and correlations of files that no samples stand beside. */
  readonly untested: readonly RuleMeta[];
  /** What is wrong with rules or samples; an error is something that could not be tried. */
  readonly problems: readonly Problem[];
}

export interface SampleOutcome extends SampleRun {
  readonly sample: Sample;
  readonly subject: Tested;
}

/** What samples are of. */
export type Tested = Rule | Correlation;

/** Runs the samples that stand beside rules, each on its own, with the filters of everything that the paths load. */
export async function testRules({ paths, placeholders }: RulesConfig): Promise<RuleTests> {
  const loaded = await loadRules(paths, { placeholders });
  const report = createReport();
  const outcomes: SampleOutcome[] = [];
  const untested: RuleMeta[] = [];
  for (const [path, documents] of byPath(loaded.documents)) {
    const samples = await readSamples(path, report);
    if (!samples) untested.push(...tested(documents).map(({ meta }) => meta));
    for (const sample of samples ?? []) {
      const subject = findSubject(sample, documents, loaded, report);
      const run = subject && runSample(sample, subject, loaded.collection, report);
      if (subject && run) outcomes.push({ sample, subject, ...run });
    }
  }
  await reportStray(loaded.documents, report);
  return { collection: loaded.collection, outcomes, untested, problems: [...loaded.problems, ...report.problems] };
}

function byPath(documents: readonly Document[]): ReadonlyMap<string, readonly Document[]> {
  const files = new Map<string, Document[]>();
  for (const document of documents) {
    const file = files.get(document.meta.path);
    if (file) file.push(document);
    else files.set(document.meta.path, [document]);
  }
  return files;
}

/** A filter has nothing that could match; its samples name the rule that it restricts. */
function tested(documents: readonly Document[]): readonly Tested[] {
  return documents.filter((document) => document.kind !== 'filter');
}

/** Undefined where no samples stand beside the rule file. */
async function readSamples(rulePath: string, report: Report): Promise<readonly Sample[] | undefined> {
  for (const path of sampleFilesOf(rulePath)) {
    try {
      const { size } = await stat(path);
      if (size <= maxSampleBytes) return parseSamples(await readFile(path, 'utf8'), path, report);
      report.error({ path, line: 1, column: 1 }, `larger than ${maxSampleBytes} bytes`);
      return [];
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (error.code !== 'ENOENT') {
        report.error({ path, line: 1, column: 1 }, `cannot be read: ${error.message}`);
        return [];
      }
    }
  }
  return undefined;
}

const maxSampleBytes = 4 * 1024 * 1024;

/** The rule that the sample names; else the one of its file that no other of the file refers to. */
function findSubject(
  { rule, at }: Sample,
  documents: readonly Document[],
  loaded: Loaded,
  report: Report,
): Tested | undefined {
  const called = (document: Document) => document.meta.id === rule || document.name === rule;
  if (rule !== undefined) {
    const found = tested(documents).find(called) ?? tested(loaded.documents).find(called);
    if (found) return found;
    const known = loaded.documents.flatMap(({ meta, name }) => [meta.id, ...(name === undefined ? [] : [name])]);
    return report.error(at, `no rule has the id or name '${rule}'${didYouMean(rule, known)}`);
  }
  const referred = new Set(documents.flatMap(referencesOf));
  const outer = tested(documents).filter(({ meta, name }) => !referred.has(meta.id) && !referred.has(name ?? meta.id));
  const [only] = outer;
  if (only && outer.length === 1) return only;
  return report.error(at, `${outer.length} rules of the file could be meant; say which one with 'rule: ID'`);
}

function referencesOf(document: Document): readonly string[] {
  return document.kind === 'correlation' ? document.rules.map(({ to }) => to) : [];
}

/** Samples whose rule file is not there are never run, and nobody would know. */
async function reportStray(documents: readonly Document[], report: Report): Promise<void> {
  for (const folder of new Set(documents.map(({ meta }) => dirname(meta.path)))) {
    const names = new Set(await readdir(folder));
    for (const name of [...names].filter(isSampleFile).sort()) {
      const stem = name.replace(/\.samples\.ya?ml$/i, '');
      if (names.has(`${stem}.yml`) || names.has(`${stem}.yaml`)) continue;
      report.error(
        { path: join(folder, name), line: 1, column: 1 },
        `there is no ${stem}.yml that these are samples of`,
      );
    }
  }
}
