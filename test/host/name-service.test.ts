import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../src/host/clock.ts';
import { createNameService } from '../../src/host/name-service.ts';
import { runProgram } from '../../src/host/run-program.ts';
import { createHeldClock } from '../support/held-clock.ts';
import { waitUntil } from '../support/wait.ts';

/** A name service whose directory the test holds. */
function createDirectory(names: Readonly<Record<string, string>>) {
  const clock = createHeldClock(0);
  const asked: string[] = [];
  const stopping = new AbortController();
  const service = createNameService({
    clock,
    signal: stopping.signal,
    run: async (program, [database, uid = '']) => {
      assert.deepEqual([program, database], ['getent', 'passwd']);
      asked.push(uid);
      const name = names[uid];
      const stdout = name === undefined ? '' : `${name}:x:${uid}:100::/:/bin/sh\n`;
      return { exitCode: name === undefined ? 2 : 0, stdout };
    },
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let n = 0; n < 10; n++) await turn();
  };
  return { service, asked, pass, stop: () => stopping.abort() };
}

test('the first call asks, a later one knows', async () => {
  const { service, asked, pass } = createDirectory({ 5001: 'ada' });
  assert.equal(service.name('5001'), undefined);
  assert.equal(service.name('5001'), undefined);
  await pass(0);
  assert.equal(service.name('5001'), 'ada');
  assert.deepEqual(asked, ['5001']);
});

test('an answer is asked for again when it is old, also that there is no such user', async () => {
  const names: Record<string, string> = { 5001: 'ada' };
  const { service, asked, pass } = createDirectory(names);
  for (const uid of ['5001', '5002']) service.name(uid);
  for (let n = 0; n < 4; n++) await pass(500);
  assert.equal(service.name('5002'), undefined);
  assert.deepEqual(asked, ['5001', '5002']);
  names['5002'] = 'bob';
  names['5001'] = 'eve';
  await pass(6 * 60_000);
  service.name('5002');
  await pass(500);
  assert.deepEqual([service.name('5001'), service.name('5002')], ['ada', 'bob']);
  await pass(5 * 60_000);
  // The old name holds until there is a new one.
  assert.equal(service.name('5001'), 'ada');
  await pass(500);
  assert.equal(service.name('5001'), 'eve');
  assert.deepEqual(asked, ['5001', '5002', '5002', '5001']);
});

test('many strange ids are few questions, one after the other', async () => {
  const { service, asked, pass } = createDirectory({});
  for (let uid = 100_000; uid < 110_000; uid++) service.name(String(uid));
  await pass(0);
  assert.equal(asked.length, 1);
  await pass(500);
  assert.equal(asked.length, 2);
  for (let n = 0; n < 200; n++) await pass(500);
  assert.equal(asked.length, 64);
});

test('what is no user id is not asked for, and nothing is after the end', async () => {
  const { service, asked, pass, stop } = createDirectory({});
  for (const uid of ['4294967295', '', '-1', 'root', '$(reboot)']) assert.equal(service.name(uid), undefined);
  await pass(0);
  stop();
  service.name('7');
  await pass(0);
  assert.deepEqual(asked, []);
});

test("the host's own name service", async () => {
  const stopping = new AbortController();
  const service = createNameService({ clock: systemClock, signal: stopping.signal, run: runProgram });
  try {
    service.name('0');
    service.name('3999999999');
    await waitUntil(() => service.name('0') === 'root', 'the name of user 0');
    assert.equal(service.name('3999999999'), undefined);
  } finally {
    stopping.abort();
  }
});
