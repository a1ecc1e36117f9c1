import type { ProcStat } from '../host/procfs.ts';
import type { Process } from './table.ts';

/**
 * Whether a process that /proc shows has not executed since `parent` forked it: it still has its parent's stack.
 *
 * Without the stack's place (other users' processes), the same command line as the parent's passes for a fork.
 */
export function isForkOf(parent: Process | undefined, stat: ProcStat, commandLine: string | undefined): boolean {
  if (!parent) return false;
  const { stackStart, formerStackStart, images } = parent;
  // A parent may have executed since it forked.
  if (stat.stackStart !== undefined && stackStart !== undefined)
    return stat.stackStart === stackStart || stat.stackStart === formerStackStart;
  return commandLine !== undefined && commandLine === images.at(-1)?.commandLine;
}
