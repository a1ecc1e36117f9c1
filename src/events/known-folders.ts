import type { AuditRecord } from '../model/audit.ts';

/**
 * Where folders are, for names that are relative to a descriptor: the kernel then writes the working folder where that
 * of the descriptor should stand (audit_log_name), but the right inode, and nothing at all for a file that was there.
 */
export interface KnownFolders {
  /** Learns that the folder of this PATH record has this path. */
  learn(record: AuditRecord, path: string): void;
  /** The folder that this PATH record has the inode of. */
  find(record: AuditRecord): string | undefined;
  /** Learns that a process got a descriptor (the call's `exit`) for the folder of this path. */
  learnDescriptor(call: AuditRecord, path: string): void;
  /**
   * The folder that the process opened last under this descriptor; perhaps not any more, for no record tells of close(2).
   *
   * @param descriptor hex, as arguments are recorded
   */
  findDescriptor(call: AuditRecord, descriptor: string): string | undefined;
}

/** Inodes and descriptors; past this many, the one that was used least recently is forgotten. */
const maxKnown = 4096;

export function createKnownFolders(): KnownFolders {
  const paths = new Map<string, string>();

  function remember(key: string | undefined, path: string): void {
    if (key === undefined) return;
    paths.delete(key);
    // A copy: a path is cut from the text of its record, which it would keep in memory.
    paths.set(key, Buffer.from(path, 'latin1').toString('latin1'));
    if (paths.size <= maxKnown) return;
    for (const oldest of paths.keys()) {
      paths.delete(oldest);
      return;
    }
  }

  function recall(key: string | undefined): string | undefined {
    const path = key === undefined ? undefined : paths.get(key);
    if (path !== undefined) remember(key, path);
    return path;
  }

  return {
    learn: (record, path) => remember(inodeKey(record), path),
    find: (record) => recall(inodeKey(record)),
    learnDescriptor: (call, path) => remember(descriptorKey(call, Number(call.get('exit'))), path),
    findDescriptor: (call, descriptor) => recall(descriptorKey(call, Number.parseInt(descriptor, 16))),
  };
}

function inodeKey(record: AuditRecord): string | undefined {
  const inode = record.get('inode');
  const device = record.get('dev');
  return inode === undefined || device === undefined ? undefined : `${record.id.node ?? ''} ${device} ${inode}`;
}

function descriptorKey(call: AuditRecord, descriptor: number): string | undefined {
  const pid = call.get('pid');
  return pid === undefined || !(descriptor >= 0) ? undefined : `${call.id.node ?? ''} ${pid}#${descriptor}`;
}
