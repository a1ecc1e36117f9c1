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
  return {
    name,
    id: createHash('sha256')
      .update(`sigmond ${readMachineId(machineIdPath) ?? name}`)
      .digest('hex')
      .slice(0, 32),
  };
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
