import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { holdLock } from './host/lock.ts';
import { type Changes, compareTrees } from './import/changes.ts';
import { layOut, type OtherTree, type Pick } from './import/layout.ts';
import { type Manifest, manifestName, readImported } from './import/manifest.ts';
import { type Origin, openSource, type RuleSource } from './import/source.ts';
import { openTarget, type Target } from './import/target.ts';
import type { RulesConfig } from './model/config.ts';
import { SourceError } from './model/errors.ts';
import type { Problem } from './model/rule.ts';
import { type Candidate, chooseRules } from './rules-choice.ts';
import { loadRules } from './sigma/load.ts';
import { parseDocuments } from './sigma/parse-document.ts';
import type { Placeholders } from './sigma/placeholders.ts';
import { createReport, type Report } from './sigma/report.ts';
import type { Document } from './sigma/rule.ts';
import { isSampleFile, sampleFilesOf } from './sigma/sample-file.ts';

export interface ImportRequest {
  /** A folder or a zip archive. */
  readonly source: string;
  /** Absolute; a folder that an earlier import made, or that is not there yet. */
  readonly target: string;
  /** The rules that will be loaded beside the imported ones, and the placeholders of all of them. */
  readonly rules: RulesConfig;
  readonly allProducts: boolean;
  readonly trees: ReadonlySet<OtherTree>;
  /** Take the source's files also where the target's were edited or deleted. */
  readonly force: boolean;
  /** Only say what would be done. */
  readonly dryRun: boolean;
}

/** What came of it; `changes` tells of the rule files and, of other files, only what was not taken. */
export interface ImportReport {
  readonly source: Origin;
  readonly changes: Changes;
  /** Title by path of the rule files that were brought in. */
  readonly titles: ReadonlyMap<string, string>;
  /** Documents that were brought in. */
  readonly documents: readonly Document[];
  /** What they can refer to beside each other. */
  readonly beside: readonly Document[];
  /** Licences and the like that were copied beside the rules. */
  readonly notices: readonly string[];
  /** Files left out because all their rules are for other products. */
  readonly otherProducts: number;
  /** Files left out by the tree that was not asked for. */
  readonly otherTrees: ReadonlyMap<OtherTree, number>;
  /** Files left out because they do not load; `problems` says why. */
  readonly rejected: number;
  readonly problems: readonly Problem[];
}

/**
 * Brings the rules of a source into a folder, where they replace what an earlier import left there. Nothing is changed when
 * the source holds no rule that can be used here.
 *
 * @throws SourceError when the source cannot be read or the target cannot be written
 */
export async function importRules(request: ImportRequest, nowMs: number): Promise<ImportReport> {
  if (request.dryRun) return await doImport(request, nowMs);
  const lock = await holdLock(`import ${request.target}`);
  if (!lock) throw new SourceError(`another import into ${request.target} is at work`);
  try {
    return await doImport(request, nowMs);
  } finally {
    await lock.release();
  }
}

async function doImport(request: ImportRequest, nowMs: number): Promise<ImportReport> {
  const source = await openSource(request.source);
  const target = await openTarget(request.target);
  const layout = layOut(source.paths, request.trees);
  const report = createReport();
  const candidates = await readCandidates(source, layout.rules, request, report);
  const last = (await readImported(target.path)) ?? new Map<string, string>();
  const beside = [...(await documentsElsewhere(request)), ...(await documentsKept(request, target, last, candidates))];
  const choice = chooseRules(candidates, beside, request.allProducts, report);
  const rules = choice.chosen;
  const others = await readOthers(source, layout.rules, layout.notices, rules);
  const next = new Map([...others, ...rules.map(({ to, content }) => [to, content] as const)]);
  const hashes = new Map([...next].map(([path, content]) => [path, sha256(content)]));
  // A source without rules for this host is the wrong one, and empties no target.
  const changes = rules.length === 0 ? noChanges : compareTrees(last, target.files, hashes, request.force);
  const answer: ImportReport = {
    source: source.origin,
    changes: onlyRules(changes),
    documents: rules.flatMap(({ documents }) => documents),
    beside,
    titles: new Map(rules.map(({ to, documents }) => [to, documents[0]?.meta.title ?? ''])),
    notices: layout.notices.map(({ to }) => to),
    otherProducts: choice.otherProducts,
    otherTrees: layout.leftOut,
    rejected: candidates.length - rules.length - choice.otherProducts,
    problems: [...source.problems, ...report.problems.filter(({ severity }) => severity === 'error')],
  };
  if (!request.dryRun && rules.length > 0)
    await writeTarget(target, next, changes, manifestOf(answer, { last, hashes, nowMs }));
  return answer;
}

const noChanges: Changes = compareTrees(new Map(), new Map(), new Map(), false);

async function readCandidates(
  source: RuleSource,
  picks: readonly Pick[],
  { rules: { placeholders } }: ImportRequest,
  report: Report,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const { from, to } of picks.filter(({ to }) => !isSampleFile(to))) {
    const content = await source.read(from);
    if (!content) continue;
    const documents = parse(content, `${source.named}/${from}`, placeholders, report);
    candidates.push({ to, content, documents });
  }
  return candidates;
}

/** None where any document of the file is wrong, since a file comes as a whole or not at all. */
function parse(content: Buffer, path: string, placeholders: Placeholders, report: Report): readonly Document[] {
  if (!isUtf8(content)) {
    report.error({ path, line: 1, column: 1 }, 'the file is not UTF-8');
    return [];
  }
  const of = createReport();
  const documents = parseDocuments(content.toString('utf8'), path, of, placeholders);
  const errors = of.problems.filter(({ severity }) => severity === 'error');
  for (const { at, text } of errors) report.error(at, text);
  if (documents.length === 0 && errors.length === 0)
    report.error({ path, line: 1, column: 1 }, 'the file holds no rule');
  return errors.length > 0 ? [] : documents;
}

/** What is loaded beside the import: its ids are taken, and its rules can be referred to. */
async function documentsElsewhere({ rules, target }: ImportRequest): Promise<readonly Document[]> {
  const { documents } = await loadRules(rules.paths, rules);
  return documents.filter(({ meta }) => !meta.path.startsWith(`${target}/`));
}

/** The same for what others put into the target, or edited there and the source no longer has. */
async function documentsKept(
  { force, rules }: ImportRequest,
  target: Target,
  last: ReadonlyMap<string, string>,
  candidates: readonly Candidate[],
): Promise<readonly Document[]> {
  const inSource = new Set(candidates.map(({ to }) => to));
  const kept = [...target.files].filter(
    ([path, hash]) => !inSource.has(path) && (force ? !last.has(path) : last.get(path) !== hash),
  );
  const { documents } = await loadRules(
    kept.filter(([path]) => isRuleFile(path)).map(([path]) => join(target.path, path)),
    rules,
  );
  return documents;
}

/** Licences, and the samples of the rules that come in. */
async function readOthers(
  source: RuleSource,
  picks: readonly Pick[],
  notices: readonly Pick[],
  rules: readonly Candidate[],
): Promise<ReadonlyMap<string, Buffer>> {
  const samples = new Set(rules.flatMap(({ to }) => sampleFilesOf(to)));
  const read = new Map<string, Buffer>();
  for (const { from, to } of [...notices, ...picks.filter(({ to }) => samples.has(to))]) {
    const content = await source.read(from);
    if (content) read.set(to, content);
  }
  return read;
}

async function writeTarget(
  target: Target,
  next: ReadonlyMap<string, Buffer>,
  { added, changed, unchanged, edited, foreign }: Changes,
  manifest: Manifest,
): Promise<void> {
  const files = new Map<string, Buffer>([[manifestName, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)]]);
  for (const path of [...added, ...changed, ...unchanged]) {
    const content = next.get(path);
    if (content) files.set(path, content);
  }
  for (const path of [...edited, ...foreign]) files.set(path, await target.read(path));
  await target.replace(files);
}

interface Hashed {
  readonly last: ReadonlyMap<string, string>;
  readonly hashes: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

function manifestOf({ source, changes, ...left }: ImportReport, { last, hashes, nowMs }: Hashed): Manifest {
  const counts = Object.entries(changes).map(([kind, paths]) => [kind, (paths as readonly string[]).length]);
  // What was edited here and is gone from the source is still known as ours, so that it stays an edit.
  const goneEdits = changes.edited.flatMap((path) => (hashes.has(path) ? [] : [[path, last.get(path) ?? '']]));
  return {
    version: 1,
    source,
    importedAt: new Date(nowMs).toISOString(),
    counts: { ...Object.fromEntries(counts), otherProducts: left.otherProducts, rejected: left.rejected },
    files: Object.fromEntries([...hashes, ...goneEdits]),
  };
}

function onlyRules(changes: Changes): Changes {
  const rules = (paths: readonly string[]) => paths.filter(isRuleFile);
  const { added, changed, removed, unchanged } = changes;
  return {
    ...changes,
    added: rules(added),
    changed: rules(changed),
    removed: rules(removed),
    unchanged: rules(unchanged),
  };
}

function isRuleFile(path: string): boolean {
  return /\.ya?ml$/i.test(path) && !isSampleFile(path);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
