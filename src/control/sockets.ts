import { join } from 'node:path';
import type { Config } from '../model/config.ts';

const systemSocket = '/run/sigmond/control.sock';

/** Where an agent may listen, the place to take first: only the configured one, or that of the system, or one of its own. */
export function socketPaths({
  controlSocket,
  stateDir,
}: Pick<Config, 'controlSocket' | 'stateDir'>): readonly string[] {
  return controlSocket === undefined ? [systemSocket, join(stateDir, 'control.sock')] : [controlSocket];
}
