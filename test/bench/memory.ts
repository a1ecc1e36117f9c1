import { silentLogger } from '../../src/host/logger.ts';
import { feedExecs } from '../support/busy-host.ts';
import type { Figure } from './figure.ts';
import type { BenchInputs } from './inputs.ts';
import { built } from './replay.ts';

const { createCounters } = await built<typeof import('../../src/host/counters.ts')>('host/counters.js');
const { createReplayPipeline } = await built<typeof import('../../src/replay-pipeline.ts')>('replay-pipeline.js');
const { openRuleStore } = await built<typeof import('../../src/rules-store.ts')>('rules-store.js');

/** Two hours at 100 execs a second. */
const execs = 720_000;
const sampleEvery = 72_000;

/** Heap after a collection: once all that is remembered is full, and how much more it is at the end. */
export async function benchMemory({ rulePaths, rulesName }: BenchInputs): Promise<readonly Figure[]> {
  const counters = createCounters();
  const store = await openRuleStore({ paths: rulePaths, placeholders: new Map() }, silentLogger, counters);
  const { audit } = createReplayPipeline({
    rules: store.current,
    agentVersion: 'bench',
    counters,
    deliver: () => undefined,
  });
  const samples = feedExecs(audit.line, execs, sampleEvery);
  audit.flush();
  const [warm = Number.NaN] = samples;
  const megabytes = (bytes: number): number => bytes / 1024 / 1024;
  const note = `${execs} execs, ${rulesName}`;
  return [
    { name: 'heap after 12 minutes of 100 execs/s', value: megabytes(warm), unit: 'MB', note },
    { name: 'most that it grew by until two hours', value: megabytes(Math.max(...samples) - warm), unit: 'MB', note },
  ];
}
