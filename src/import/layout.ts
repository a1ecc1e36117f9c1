import { posix } from 'node:path';

/** Trees of SigmaHQ's repository whose rules are no longer, or not yet, meant to be used as they are. */
export const otherTrees = ['deprecated', 'unsupported', 'placeholder'] as const;
export type OtherTree = (typeof otherTrees)[number];

/** A file to bring in: where the source has it, and where it belongs below the target. */
export interface Pick {
  readonly from: string;
  readonly to: string;
}

export interface Layout {
  /** Files of rules and, beside them, of their samples. */
  readonly rules: readonly Pick[];
  /** Licences, and the file in which a release names itself. */
  readonly notices: readonly Pick[];
  /** Files left out, by the tree that was not asked for. */
  readonly leftOut: ReadonlyMap<OtherTree, number>;
}

/**
 * Finds the rules among a source's files. Where there are SigmaHQ's trees (`rules`, `rules-emerging-threats` and so on),
 * alone or in the one folder that a source archive has, only those count; otherwise all files do.
 */
export function layOut(paths: readonly string[], wanted: ReadonlySet<OtherTree>): Layout {
  const top = topFolder(paths);
  const picks = paths.map((from) => ({ from, to: from.slice(top.length) }));
  const hasTrees = picks.some(({ to }) => isRuleTree(to));
  const rules: Pick[] = [];
  const leftOut = new Map<OtherTree, number>();
  for (const pick of picks.filter(({ to }) => /\.ya?ml$/i.test(to))) {
    const other = otherTreeOf(pick.to);
    if (other && !wanted.has(other)) leftOut.set(other, (leftOut.get(other) ?? 0) + 1);
    else if (other || !hasTrees || isRuleTree(pick.to)) rules.push(pick);
  }
  const folders = new Set(rules.flatMap(({ to }) => foldersAbove(to)));
  const notices = picks.filter(({ to }) => isNotice(to) && folders.has(posix.dirname(to)));
  return { rules, notices, leftOut };
}

/** Whether a source's file can matter at all: the rest is not even listed. */
export function isOfInterest(path: string): boolean {
  return /\.ya?ml$/i.test(path) || isNotice(path);
}

/** As the loader of rules has it: names with a leading dot are those of version control and editors. */
export function isHidden(name: string): boolean {
  return name.startsWith('.');
}

/** `sigma-master/` where all is in that folder and it has the trees; else nothing. */
function topFolder(paths: readonly string[]): string {
  const top = paths[0]?.slice(0, paths[0].indexOf('/') + 1) ?? '';
  if (top === '' || isRuleTree(top) || !paths.every((path) => path.startsWith(top))) return '';
  return paths.some((path) => isRuleTree(path.slice(top.length))) ? top : '';
}

function isRuleTree(path: string): boolean {
  return /^rules(-[^/]+)?\//.test(path);
}

function otherTreeOf(path: string): OtherTree | undefined {
  const tree = /^(?:rules-)?(\w+)\//.exec(path)?.[1];
  return otherTrees.find((other) => other === tree);
}

function isNotice(path: string): boolean {
  return /(^|\/)((licen[cs]e|copying|notice)([.-][^/]*)?|version\.txt)$/i.test(path);
}

/** With the folder that the path starts in, which is `.`. */
function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) folders.push(folder);
  return [...folders, '.'];
}
