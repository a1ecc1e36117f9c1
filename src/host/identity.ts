import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who this host is, in every alert. */
export interface HostIdentity {
  readonly name: string;
  /** The same over reboots and agent versions; made from the machine id, which itself is not to be given away. */
  readonly id: string;
}

/** @param machineIdPath machine-id(5), which asks that applications publish only a hash of it */
export function readHostIdentity(machineIdPath: string): HostIdentity {
  const name = hostname();
  return { name, id: hostIdFrom(readMachineId(machineIdPath) ?? name) };
}

/** An id from what tells a host from others: its machine id, or the name that a log gives it. */
export function hostIdFrom(text: string): string {
  return createHash('sha256').update(`sigmond ${text}`).digest('hex').slice(0, 32);
}

/** Whether a log's name for a host means this one: auditd writes it with or without the domain (name_format). */
export function isNameOf({ name }: HostIdentity, node: string): boolean {
  return node.split('.')[0]?.toLowerCase() === name.split('.')[0]?.toLowerCase();
}

function readMachineId(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    // Containers and minimal images may have none; the name has to do.
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
