import type { FileHash } from '../host/file-hashes.ts';
import type { ProcStat } from '../host/procfs.ts';
import type { Ancestor, ProcessImage } from '../model/process.ts';
import type { FieldValue, SigmaEvent } from '../model/sigma-event.ts';
import type { Cgroups } from './cgroups.ts';
import type { ImageHashes } from './image-hash.ts';
import type { LiveLookup } from './live-lookup.ts';
import { clockToleranceMs, imageAt, type Process, type ProcessTable } from './table.ts';

export interface Enricher {
  /** Enters the process of a process_creation event into the table; returns the event with its Parent* fields. */
  enrich(event: SigmaEvent): SigmaEvent;
  /** The event, of something else that a process did, with what is known of that process; enters nothing. */
  describe(event: SigmaEvent): SigmaEvent;
  /** Of the image that an exec event tells of; undefined where it is not to be had. */
  hashOf(event: SigmaEvent): FileHash;
  /** Parents of the process that an event is about, nearest first. */
  ancestry(event: SigmaEvent): readonly Ancestor[];
}

/** Where this host itself can be asked. */
export interface OwnHost {
  /** Asked for parents that no event told of (forks that never execute, such as subshells) and whether a pid is still the process we know. */
  readonly live: LiveLookup;
  readonly cgroups: Cgroups;
  readonly hashOf: ImageHashes;
}

/** @param host undefined where events are of another time or host than this */
export function createEnricher(table: ProcessTable, host: OwnHost | undefined): Enricher {
  const { live, cgroups } = host ?? {};

  function parentOf(ppid: number, atMs: number): Process | undefined {
    const known = table.find(ppid, atMs);
    // It had the pid before and after the event, so at the event too.
    if (!live || (known && known.seenMs >= atMs)) return known;
    const stat = live.stat(ppid);
    if (!stat) return known;
    const startedMs = live.startedMs(stat);
    const isKnown = known !== undefined && isSame(known, stat, startedMs);
    // Started after the event: the pid has been used again since, and who had it then only the table can tell.
    if (!isKnown && startedMs > atMs + clockToleranceMs) return known;
    const parent = isKnown ? known : addAlive(live, stat, startedMs);
    parent.seenMs = live.nowMs();
    return parent;
  }

  function addAlive(alive: LiveLookup, stat: ProcStat, startedMs: number): Process {
    const { pid, startTicks, ppid, stackStart } = stat;
    const parent = table.find(ppid, startedMs);
    const { image, session } = alive.look(stat, startedMs, parent);
    return table.add({ pid, startedMs, startTicks, ppid, parent, stackStart, reports: 0, session, image });
  }

  /** The process of an exec event, and the image that it ran before. */
  function enter(event: SigmaEvent, pid: number, parent: Process | undefined): [Process, ProcessImage | undefined] {
    const { ppid, timestampMs } = event;
    const image = imageOf(event);
    const session = textOf(event, 'TerminalSessionId');
    const known = table.find(pid, timestampMs);
    if (known && isExecOf(known, event, pid)) {
      const previous = table.addImage(known, image);
      known.parent ??= parent;
      known.session = session;
      known.reports++;
      cgroups?.followExec(known, previous);
      return [known, previous];
    }
    const process = table.add({
      pid,
      startedMs: timestampMs,
      startTicks: undefined,
      ppid,
      parent,
      stackStart: undefined,
      reports: 1,
      session,
      image,
    });
    cgroups?.inherit(process, parent);
    return [process, undefined];
  }

  /** An exec keeps the process. A pid that comes with another parent is another process, or an orphan by now. */
  function isExecOf(known: Process, { ppid }: SigmaEvent, pid: number): boolean {
    if (known.ppid === ppid || known.ppid === undefined) return true;
    const stat = live?.stat(pid);
    return live !== undefined && stat !== undefined && isSame(known, stat, live.startedMs(stat));
  }

  /** Of a process that never executed, such as a subshell, while it lives. */
  function guidOfUnknown(pid: number, atMs: number): string | undefined {
    const stat = live?.stat(pid);
    const startedMs = live && stat ? live.startedMs(stat) : Number.POSITIVE_INFINITY;
    return startedMs > atMs + clockToleranceMs ? undefined : table.guidOf(pid, startedMs);
  }

  return {
    enrich(event) {
      const { pid, ppid, timestampMs } = event;
      if (pid === undefined) return event;
      const parent = ppid === undefined ? undefined : parentOf(ppid, timestampMs);
      const [process, previous] = enter(event, pid, parent);
      return withIdentity(event, process, parent, previous);
    },
    describe(event) {
      const { pid, ppid, timestampMs } = event;
      if (pid === undefined) return event;
      const found = table.find(pid, timestampMs);
      const process = found && isExecOf(found, event, pid) ? found : undefined;
      const parent = process?.parent ?? (ppid === undefined ? undefined : table.find(ppid, timestampMs));
      const image = process && imageAt(process, timestampMs);
      const fields = copyFields(event);
      addParentFields(fields, parent, timestampMs);
      const guid = process?.guid ?? guidOfUnknown(pid, timestampMs);
      if (guid !== undefined) fields['ProcessGuid'] = guid;
      // io_uring's records do not say which program it was.
      if (image?.image !== undefined) fields['Image'] ??= image.image;
      if (image?.commandLine !== undefined) fields['CommandLine'] = image.commandLine;
      return { ...event, fields };
    },
    hashOf: (event) => host?.hashOf(event),
    ancestry({ pid, timestampMs }) {
      const ancestors: Ancestor[] = [];
      let process = pid === undefined ? undefined : table.find(pid, timestampMs)?.parent;
      while (process && ancestors.length < maxAncestors) {
        ancestors.push(toAncestor(process, timestampMs));
        process = process.parent;
      }
      return ancestors;
    },
  };
}

/** The event with its ProcessGuid and what is known of its parent, of its own past and of where it belongs. */
export function withIdentity(
  event: SigmaEvent,
  process: Process,
  parent: Process | undefined,
  previous: ProcessImage | undefined,
): SigmaEvent {
  const fields = copyFields(event);
  fields['ProcessGuid'] = process.guid;
  addParentFields(fields, parent, event.timestampMs);
  if (previous?.image !== undefined) fields['PreviousImage'] = previous.image;
  const { containerId, systemdUnit } = process.cgroup ?? {};
  if (containerId !== undefined) fields['ContainerId'] = containerId;
  if (systemdUnit !== undefined) fields['SystemdUnit'] = systemdUnit;
  return { ...event, fields };
}

/** To add others to: V8 takes fifteen times as long to add one to what `{...fields}` makes. */
function copyFields({ fields }: SigmaEvent): Record<string, FieldValue> {
  return Object.assign({}, fields);
}

function addParentFields(fields: Record<string, FieldValue>, parent: Process | undefined, atMs: number): void {
  if (!parent) return;
  const image = imageAt(parent, atMs);
  fields['ParentProcessGuid'] = parent.guid;
  if (image?.image !== undefined) fields['ParentImage'] = image.image;
  if (image?.commandLine !== undefined) fields['ParentCommandLine'] = image.commandLine;
  if (image?.user !== undefined) fields['ParentUser'] = image.user;
}

/** Whether the process that /proc shows is the one the table has; learns its start where only exec events told of it. */
export function isSame(known: Process, stat: ProcStat, startedMs: number): boolean {
  if (known.startTicks !== undefined) return known.startTicks === stat.startTicks;
  const lastExecMs = known.images.at(-1)?.atMs ?? known.startedMs;
  if (startedMs > lastExecMs + clockToleranceMs) return false;
  known.startTicks = stat.startTicks;
  return true;
}

const maxAncestors = 16;

function imageOf(event: SigmaEvent): ProcessImage {
  return {
    source: event.fields['EventSource'] === 'proc' ? 'proc' : 'audit',
    atMs: event.timestampMs,
    image: textOf(event, 'Image'),
    commandLine: textOf(event, 'CommandLine'),
    user: textOf(event, 'User'),
  };
}

function textOf({ fields }: SigmaEvent, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

function toAncestor(process: Process, atMs: number): Ancestor {
  const image = imageAt(process, atMs);
  return {
    pid: process.pid,
    ...(image?.image !== undefined && { image: image.image }),
    ...(image?.commandLine !== undefined && { commandLine: image.commandLine }),
    ...(image?.user !== undefined && { user: image.user }),
  };
}
