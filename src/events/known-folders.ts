import type { AuditRecord } from '../model/audit.ts';

/**
 * Folders by device and inode, for a name that is relative to a descriptor: the kernel then writes the working folder
 * where the folder's name should stand (audit_log_name), but the folder's own inode.
 */
export interface KnownFolders {
  /** Learns that the folder of this PATH record has this path. */
  learn(record: AuditRecord, path: string): void;
  find(record: AuditRecord): string | undefined;
}

/** Past this many, the one that was used least recently is forgotten. */
const maxFolders = 4096;

export function createKnownFolders(): KnownFolders {
  const paths = new Map<string, string>();
  return {
    learn(record, path) {
      const key = keyOf(record);
      if (key === undefined) return;
      paths.delete(key);
      paths.set(key, path);
      if (paths.size <= maxFolders) return;
      for (const oldest of paths.keys()) {
        paths.delete(oldest);
        return;
      }
    },
    find(record) {
      const key = keyOf(record);
      const path = key === undefined ? undefined : paths.get(key);
      if (key !== undefined && path !== undefined) {
        paths.delete(key);
        paths.set(key, path);
      }
      return path;
    },
  };
}

function keyOf(record: AuditRecord): string | undefined {
  const inode = record.get('inode');
  const device = record.get('dev');
  return inode === undefined || device === undefined ? undefined : `${record.id.node ?? ''} ${device} ${inode}`;
}
