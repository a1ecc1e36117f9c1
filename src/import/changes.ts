/** What an import does to a target, by relative path, sorted. */
export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** Edited in the target since the last import: they stay as they are. */
  readonly edited: readonly string[];
  /** Deleted in the target since the last import: they stay out. */
  readonly deleted: readonly string[];
  /** Put into the target by someone else: they stay. */
  readonly foreign: readonly string[];
}

/** Hex SHA-256 by relative path. */
export type Hashes = ReadonlyMap<string, string>;

/**
 * Compares what the last import left with what is there now and what should be there.
 *
 * @param force take the source's files also where the target's were edited or deleted
 */
export function compareTrees(last: Hashes, now: Hashes, next: Hashes, force: boolean): Changes {
  const changes: { [Kind in keyof Changes]: string[] } = {
    added: [],
    changed: [],
    removed: [],
    unchanged: [],
    edited: [],
    deleted: [],
    foreign: [],
  };
  for (const path of [...new Set([...now.keys(), ...next.keys()])].sort()) {
    changes[kindOf(last.get(path), now.get(path), next.get(path), force)].push(path);
  }
  return changes;
}

function kindOf(
  last: string | undefined,
  now: string | undefined,
  next: string | undefined,
  force: boolean,
): keyof Changes {
  const isOurs = now === last;
  if (next === undefined) {
    if (last === undefined) return 'foreign';
    return isOurs || force ? 'removed' : 'edited';
  }
  if (now === next) return 'unchanged';
  if (now === undefined) return isOurs || force ? 'added' : 'deleted';
  return isOurs || force ? 'changed' : 'edited';
}
