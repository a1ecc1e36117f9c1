import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCounters } from '../src/host/counters.ts';
import { silentLogger } from '../src/host/logger.ts';
import { createReplayPipeline } from '../src/replay-pipeline.ts';
import { openRuleStore } from '../src/rules-store.ts';
import { feedExecs } from './support/busy-host.ts';
import { shippedRules } from './support/replay.ts';

test('memory is flat after warm-up, however many events come', { timeout: 300_000 }, async (t) => {
  const counters = createCounters();
  const { current } = await openRuleStore({ paths: [shippedRules], placeholders: new Map() }, silentLogger, counters);
  let events = 0;
  const { audit } = createReplayPipeline({
    rules: current,
    agentVersion: 'test',
    counters,
    deliver: () => undefined,
    onEvent: () => {
      events++;
    },
  });
  const samples = feedExecs(audit.line, 120_000, 20_000);
  audit.flush();
  t.diagnostic(samples.map((bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`).join(', '));
  assert.ok(events >= 120_000);
  assert.equal(counters.read()['audit_torn_records_total'], 0);
  // All that is remembered is full by then; what comes later may only take the place of what was.
  const [, warm = Number.NaN, ...later] = samples;
  for (const bytes of later) assert.ok(bytes - warm < 4 * 1024 * 1024, `${bytes - warm} bytes more`);
});
