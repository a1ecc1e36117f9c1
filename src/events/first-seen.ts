import type { AuditEvent } from '../model/audit.ts';
import type { Counter } from '../model/stages.ts';

/** Lets an event that several sources have pass once. */
export interface FirstSeen {
  /**
   * `new` where no source gave this event before, `fuller` where none gave as many of its records; undefined where one did.
   *
   * A record alone under its id (USER_*, SERVICE_START …) is told apart by its type as well.
   */
  claim(event: AuditEvent): 'new' | 'fuller' | undefined;
}

/**
 * A memory of the last 65,536 events by their serials, in 1.4 MB: a source may be that many events behind another. Past
 * it an event may pass twice, and its alerts then have equal ids.
 *
 * @param duplicates counts events that another source gave before
 */
export function createFirstSeen(duplicates: Counter): FirstSeen {
  const entries = sets * ways;
  const times = new Float64Array(entries);
  const serials = new Uint32Array(entries);
  const kinds = new Uint32Array(entries);
  const counts = new Uint32Array(entries);
  /** The way of each set that is written next: its oldest. */
  const nextWays = new Uint8Array(sets);

  function find(set: number, timestampMs: number, serial: number, kind: number): number {
    for (let at = set * ways; at < (set + 1) * ways; at++) {
      if (serials[at] === serial && times[at] === timestampMs && kinds[at] === kind && counts[at] !== 0) return at;
    }
    return -1;
  }

  return {
    claim(event) {
      const { timestampMs, serial } = event.id;
      const kind = kindOf(event);
      const count = weightOf(event);
      const set = serial & (sets - 1);
      const at = find(set, timestampMs, serial, kind);
      if (at >= 0) {
        if (count > (counts[at] ?? 0)) {
          counts[at] = count;
          return 'fuller';
        }
        duplicates.add();
        return undefined;
      }
      const way = nextWays[set] ?? 0;
      nextWays[set] = (way + 1) % ways;
      const entry = set * ways + way;
      times[entry] = timestampMs;
      serials[entry] = serial;
      kinds[entry] = kind;
      counts[entry] = count;
      return 'new';
    },
  };
}

/** Consecutive serials lie in consecutive sets, so each set holds every 8,192nd of them, and those of other nodes. */
const sets = 8192;
const ways = 8;

/** FNV-1a of what tells events of one id apart: the node, and the type of a record that is an event on its own. */
function kindOf({ id, records, completedBy }: AuditEvent): number {
  const type = completedBy === 'single' ? (records[0]?.type ?? '') : '';
  if (id.node === undefined && type === '') return 0;
  let hash = 0x811c9dc5;
  for (const text of [id.node ?? '', ' ', type]) {
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

/** Records that say something of their own; PROCTITLE comes late, may be excluded, and repeats what EXECVE says. */
function weightOf({ records }: AuditEvent): number {
  let weight = 0;
  for (const { type } of records) if (type !== 'PROCTITLE') weight++;
  return Math.max(1, weight);
}
