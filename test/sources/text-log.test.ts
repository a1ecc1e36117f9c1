import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '../../src/host/clock.ts';
import { createCounters } from '../../src/host/counters.ts';
import { readTextLog } from '../../src/sources/replay.ts';
import { createTextLog, positionFileOf } from '../../src/sources/text-log.ts';
import { createKeptLogger } from '../support/kept-logger.ts';
import { waitUntil } from '../support/wait.ts';
import { settle, withFolder } from './support.ts';

/** Follows `auth.log` in `folder`; each line comes with its origin, as ids are made of it. */
function follow(folder: string, start: 'resume' | 'beginning' = 'beginning') {
  const path = join(folder, 'auth.log');
  const counters = createCounters();
  const logger = createKeptLogger();
  const source = createTextLog({
    path,
    start,
    checkpointPath: join(folder, 'state.json'),
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) },
    logger,
    counters,
  });
  const lines: (readonly [text: string, origin: string])[] = [];
  const stopping = new AbortController();
  const onLine = (text: string, position: number): void => {
    const { file, offset } = source.originOf(position);
    lines.push([text, `${file}:${offset}`]);
  };
  const running = source.run({ onLine, onDone: () => undefined }, stopping.signal);
  return {
    lines,
    logger,
    source,
    counts: () => Object.fromEntries(Object.entries(counters.read()).map(([name, n]) => [name.replace(/\{.*/, ''), n])),
    texts: () => lines.map(([text]) => text),
    origins: () => lines.map(([, origin]) => origin),
    waitForLines: (n: number) => waitUntil(() => lines.length >= n, `line ${n} of ${lines.length}`),
    save: () => source.save(source.position, []),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const line = (n: number) => `Nov 24 03:11:33 host sshd[${n}]: Failed password\n`;
const write = (folder: string, ...lines: readonly string[]) => appendFileSync(join(folder, 'auth.log'), lines.join(''));

test('equal lines have origins of their own, and the same ones when they are read again', () =>
  withFolder(async (folder) => {
    write(folder, line(1), 'same\n', 'same\n');
    const first = follow(folder);
    await first.waitForLines(3);
    await first.stop();
    const again = follow(folder);
    await again.waitForLines(3);
    // The first line's origin must not depend on how much stood behind it when it was read.
    write(folder, 'x'.repeat(400), '\n');
    await again.waitForLines(4);
    await again.stop();
    assert.equal(new Set(first.origins()).size, 3);
    assert.deepEqual(again.origins().slice(0, 3), first.origins());
    const third = follow(folder);
    await third.waitForLines(4);
    await third.stop();
    assert.deepEqual(third.origins(), again.origins());
  }));

for (const [what, rotate] of [
  ['renamed', (path: string) => renameSync(path, `${path}.1`)],
  ['renamed with a date', (path: string) => renameSync(path, `${path}-20261124`)],
  [
    'copied and cut',
    (path: string) => {
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
    },
  ],
] as const) {
  test(`a log that is ${what} while the reader is away: lines after the saved position come again, with their origins`, () =>
    withFolder(async (folder) => {
      write(folder, line(1), line(2));
      const first = follow(folder);
      await first.waitForLines(2);
      await first.save();
      write(folder, line(3), line(3));
      await first.waitForLines(4);
      await first.stop();
      rotate(join(folder, 'auth.log'));
      write(folder, line(5));
      const second = follow(folder);
      await second.waitForLines(3);
      await settle();
      await second.stop();
      assert.deepEqual(
        second.texts(),
        [line(3), line(3), line(5)].map((text) => text.trimEnd()),
      );
      assert.deepEqual(second.origins().slice(0, 2), first.origins().slice(2));
      assert.equal(second.counts()['log_gaps_total'], 0);
    }));
}

test('a writer that goes on in the renamed file until it is told, as syslog daemons do, loses nothing', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'auth.log');
    write(folder, line(1));
    const reading = follow(folder);
    await reading.waitForLines(1);
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    await settle();
    appendFileSync(`${path}.1`, line(2));
    await reading.waitForLines(2);
    write(folder, line(3));
    await reading.waitForLines(3);
    await reading.stop();
    assert.deepEqual(
      reading.texts(),
      [1, 2, 3].map((n) => line(n).trimEnd()),
    );
  }));

test('what logrotate has packed is not read', () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, 'auth.log.2.gz'), 'packed\n');
    writeFileSync(join(folder, 'auth.log-20261101.gz'), 'packed\n');
    writeFileSync(join(folder, 'auth.log-20261123'), line(1));
    write(folder, line(2));
    const reading = follow(folder);
    await reading.waitForLines(2);
    await settle();
    await reading.stop();
    assert.deepEqual(
      reading.texts(),
      [1, 2].map((n) => line(n).trimEnd()),
    );
  }));

for (const [packed, gaps] of [
  ['auth.log.1.gz', 0],
  ['auth.log-20261124.xz', 0],
  ['auth.log.2.gz', 1],
] as const) {
  test(`a log that is packed as ${packed} at once, before the next one has a line: ${gaps} gaps`, () =>
    withFolder(async (folder) => {
      const path = join(folder, 'auth.log');
      write(folder, line(1));
      const reading = follow(folder);
      await reading.waitForLines(1);
      const { mtime } = statSync(path);
      renameSync(path, `${path}.1`);
      writeFileSync(path, '');
      writeFileSync(join(folder, packed), '');
      utimesSync(join(folder, packed), mtime, mtime);
      rmSync(`${path}.1`);
      await settle();
      write(folder, line(2));
      await reading.waitForLines(2);
      await reading.stop();
      assert.deepEqual(
        reading.texts(),
        [1, 2].map((n) => line(n).trimEnd()),
      );
      assert.equal(reading.counts()['log_gaps_total'], gaps);
    }));
}

test('the last line of a file without its end is torn where the next file begins with a time', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'auth.log');
    write(folder, line(1), 'Nov 24 03:11:33 host ss');
    const reading = follow(folder);
    await reading.waitForLines(1);
    renameSync(path, `${path}.1`);
    write(folder, line(2));
    await reading.waitForLines(2);
    await reading.stop();
    assert.deepEqual(
      reading.texts(),
      [1, 2].map((n) => line(n).trimEnd()),
    );
    assert.equal(reading.counts()['log_torn_lines_total'], 1);
  }));

test('a log that is not there yet is said once and then read from its beginning', () =>
  withFolder(async (folder) => {
    const reading = follow(folder, 'resume');
    await settle();
    write(folder, line(1));
    await reading.waitForLines(1);
    rmSync(join(folder, 'auth.log'));
    await settle();
    write(folder, line(2));
    await reading.waitForLines(2);
    await reading.stop();
    assert.equal(reading.logger.lines.filter(({ level }) => level === 'warn').length, 1);
  }));

test('each log has a position file of its own', () => {
  const names = ['/var/log/auth.log', '/srv/auth.log', `/x/${'y'.repeat(255)}`].map(positionFileOf);
  assert.equal(new Set(names).size, 3);
  assert.match(names[0] ?? '', /^log-auth\.log-[0-9a-f]{8}\.position\.json$/);
  for (const name of names) assert.ok(name.length < 250);
});

test('a replayed log gives its lines the same origins', () =>
  withFolder(async (folder) => {
    write(folder, line(1), 'x\r\n', line(2), 'no end');
    const reading = follow(folder);
    await reading.waitForLines(3);
    await reading.stop();
    for (const name of [join(folder, 'auth.log'), '-']) {
      const replayed: string[] = [];
      const stdin = Readable.from([line(1).slice(0, 5), `${line(1).slice(5)}x\r`, `\n${line(2)}no end`]);
      await readTextLog(
        name,
        stdin,
        5,
        ({ origin: { file, offset }, readMs }) => {
          replayed.push(`${file}:${offset}`);
          assert.equal(readMs === 5, name === '-');
        },
        async () => true,
      );
      assert.deepEqual(replayed.slice(0, 3), reading.origins());
      assert.equal(replayed.length, 4);
    }
    assert.deepEqual(readdirSync(folder), ['auth.log']);
  }));
