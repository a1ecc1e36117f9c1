import type { Logger } from '../host/logger.ts';
import type { Config } from '../model/config.ts';
import { type Answer, type ControlServer, startControlServer } from './server.ts';
import { socketPaths } from './sockets.ts';

/** Listens at the first place where that can be done; without one the agent goes on, and says so. */
export async function listenForStatus(
  config: Pick<Config, 'controlSocket' | 'stateDir'>,
  answers: Readonly<Record<string, () => Answer>>,
  logger: Logger,
): Promise<ControlServer | undefined> {
  const problems: string[] = [];
  for (const path of socketPaths(config)) {
    try {
      return await startControlServer(path, answers);
    } catch (error) {
      problems.push(`${path}: ${(error as Error).message}`);
    }
  }
  logger.error({ problems }, 'nobody can ask for the status, for no control socket can be made');
  return undefined;
}
