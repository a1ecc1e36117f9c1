import type { Changes } from '../import/changes.ts';
import { formatProblem } from '../model/errors.ts';
import type { ImportReport } from '../rules-import.ts';
import { counted } from '../text/counted.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';

/** Where an import went. */
export interface Into {
  readonly target: string;
  /** The configuration's rules.paths lead there. */
  readonly isRead: boolean;
  readonly dryRun: boolean;
  /** Rules brought in that cannot fire on this host; undefined where that is not known. */
  readonly cannotFire: number | undefined;
}

/** What was wrong, for standard error. */
export function importProblems({ problems }: ImportReport, { target, isRead }: Into): readonly string[] {
  const lines = [...shorten(problems.map(formatProblem))];
  if (!isRead) lines.push(`${target} is below none of rules.paths, so these rules are not loaded until it is`);
  return lines.map(visible);
}

export function importJson(report: ImportReport, { target, isRead, dryRun, cannotFire }: Into): string {
  const { source, changes, notices, otherProducts, otherTrees, rejected, problems } = report;
  return safeJson({
    source,
    target,
    isRead,
    dryRun,
    rules: rulesAfter(changes),
    ...(cannotFire !== undefined && { cannotFire }),
    ...changes,
    notices,
    otherProducts,
    otherTrees: Object.fromEntries(otherTrees),
    rejected,
    problems: problems.map(({ severity, at, text }) => ({ severity, ...at, text })),
  });
}

export function importLines(report: ImportReport, { target, isRead, dryRun, cannotFire }: Into): readonly string[] {
  const { source, changes, titles, notices } = report;
  const { added, changed, removed, unchanged, edited, deleted, foreign } = changes;
  const titled = (path: string) => `${path}  ${titles.get(path) ?? ''}`;
  const lines = [
    `${nameOf(source)} ${dryRun ? 'would be imported into' : 'was imported into'} ${target}`,
    `${counted(rulesAfter(changes), 'rule file')}: ${added.length} added, ${changed.length} changed, ` +
      `${removed.length} removed, ${unchanged.length} unchanged`,
    ...shorten(added.map((path) => `  + ${titled(path)}`)),
    ...shorten(changed.map((path) => `  ~ ${titled(path)}`)),
    ...shorten(removed.map((path) => `  - ${path}`)),
    ...listed(edited, "edited here and left so (--force takes the source's)"),
    ...listed(deleted, 'deleted here and left out (--force brings it back)'),
    ...listed(foreign, 'put here by someone else and left here'),
  ];
  lines.push(...leftOutLines(report));
  if (cannotFire) {
    const those = `sigmond rules verdict --rules ${shellWord(target)}`;
    lines.push(`${counted(cannotFire, 'rule')} of these cannot fire here: ${those}`);
  }
  if (notices.length > 0) lines.push(`copied beside the rules: ${notices.join(', ')}`);
  if (isRead && !dryRun) lines.push('sigmond reads them at its next reload: systemctl reload sigmond');
  return lines.map(visible);
}

export function leftOutLines({ rejected, otherProducts, otherTrees }: ImportReport): readonly string[] {
  const lines: string[] = [];
  if (rejected > 0) lines.push(`${counted(rejected, 'file')} left out, for the reasons above`);
  if (otherProducts > 0) lines.push(`${counted(otherProducts, 'file')} left out, for other products (--all-products)`);
  for (const [tree, files] of otherTrees) lines.push(`${counted(files, 'file')} left out, ${tree} (--with ${tree})`);
  return lines;
}

/** Rule files in the target after the import, those that were kept too. */
export function rulesAfter({ added, changed, unchanged, edited, foreign }: Changes): number {
  const kept = [...edited, ...foreign].filter((path) => /\.ya?ml$/i.test(path));
  return added.length + changed.length + unchanged.length + kept.length;
}

function nameOf(source: ImportReport['source']): string {
  if (source.kind === 'archive') return `${source.path} (sha256 ${source.sha256.slice(0, 12)})`;
  return source.commit === undefined ? source.path : `${source.path} (commit ${source.commit.slice(0, 12)})`;
}

/** So many that a person still reads them; --json has all. */
const maxListed = 20;

function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= maxListed) return lines;
  return [...lines.slice(0, maxListed), `  and ${lines.length - maxListed} more (--json names all)`];
}

function listed(paths: readonly string[], what: string): readonly string[] {
  if (paths.length === 0) return [];
  return [`${counted(paths.length, 'file')} ${what}:`, ...shorten(paths.map((path) => `  = ${path}`))];
}

/** The path as a person can paste it into a shell. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
