import type { EventId } from '../model/audit.ts';

/** Finds what belongs to an event by its id. */
export interface EventIds<T extends { readonly id: EventId }> {
  find(id: EventId): T | undefined;
  add(entry: T): void;
  delete(entry: T): void;
}

/**
 * By serial, which nearly always is enough: finding a number is several times as fast as making a text of the id, and finding
 * that. Events of different nodes or boots may share a serial, and are in one list then.
 */
export function createEventIds<T extends { readonly id: EventId }>(): EventIds<T> {
  const bySerial = new Map<number, T | T[]>();

  return {
    find(id) {
      const found = bySerial.get(id.serial);
      if (!Array.isArray(found)) return found && isSameId(found.id, id) ? found : undefined;
      return found.find((entry) => isSameId(entry.id, id));
    },
    add(entry) {
      const { serial } = entry.id;
      const found = bySerial.get(serial);
      if (found === undefined) bySerial.set(serial, entry);
      else if (Array.isArray(found)) found.push(entry);
      else bySerial.set(serial, [found, entry]);
    },
    delete(entry) {
      const { serial } = entry.id;
      const found = bySerial.get(serial);
      if (found === entry) bySerial.delete(serial);
      if (!Array.isArray(found)) return;
      const left = found.filter((other) => other !== entry);
      if (left.length > 0) bySerial.set(serial, left);
      else bySerial.delete(serial);
    },
  };
}

export function isSameId(one: EventId, other: EventId): boolean {
  return (
    one === other || (one.serial === other.serial && one.timestampMs === other.timestampMs && one.node === other.node)
  );
}
