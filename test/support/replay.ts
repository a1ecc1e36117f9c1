import { replayCommand } from '../../src/cli/replay.ts';
import { type Outcome, runCommand } from '../cli/support.ts';

const programFolder = new URL('../../src', import.meta.url).pathname;

/** The rules that come with the product. */
export const shippedRules = new URL('../../config/rules', import.meta.url).pathname;

/** Runs `sigmond replay` in this process; what it throws, main.ts would explain. */
export function runReplay(args: readonly string[], input: readonly (string | Buffer)[] = []): Promise<Outcome> {
  return runCommand((io) => replayCommand(io, { programFolder, agentVersion: '0.0.0' }), ['replay', ...args], input);
}

/** JSON lines as objects. */
export function parseLines<T>(text: string): readonly T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
