import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { type Agent, startAgent } from '../src/agent.ts';
import { loadConfig } from '../src/config/load.ts';
import { type Clock, systemClock } from '../src/host/clock.ts';
import { silentLogger } from '../src/host/logger.ts';
import type { Alert } from '../src/model/alert.ts';
import { createRandom } from './support/random.ts';
import { sinkDeps } from './support/sinks.ts';
import { waitUntil } from './support/wait.ts';

const config = `
state_dir: state
rules: {paths: [rules]}
sources:
  audit_log: {path: audit.log, start: beginning}
  proc_scan: {enabled: false}
sinks: [{type: file, path: alerts.jsonl}]
`;

/** Time passes ten times faster. */
const fastClock: Clock = {
  ...systemClock,
  monotonicMs: () => systemClock.monotonicMs() * 10,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
};

/** A log of two files at most, an agent that may be stopped or killed, and how many execs there were. */
function createHost() {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-loss-'));
  const log = join(folder, 'audit.log');
  const position = join(folder, 'state/audit-log.position.json');
  const alerts: Alert[] = [];
  let execs = 0;
  let agent: Agent | undefined;
  mkdirSync(join(folder, 'rules'));
  for (const name of ['agent-events-lost.yml', 'agent-log-gap.yml']) {
    copyFileSync(new URL(`../config/rules/${name}`, import.meta.url), join(folder, 'rules', name));
  }
  writeFileSync(log, '');

  function rotate(): void {
    if (existsSync(log)) renameSync(log, `${log}.1`);
    writeFileSync(log, '');
  }

  return {
    alerts,
    rotate,
    get execs() {
      return execs;
    },
    /** Writes whole events; before `rotateBefore`, a line of the last one, the log is rotated. */
    exec(count: number, rotateBefore?: number): void {
      for (let n = 0; n < count; n++) {
        const lines = execLines(++execs);
        if (n < count - 1 || rotateBefore === undefined) appendFileSync(log, lines.join(''));
        else {
          appendFileSync(log, lines.slice(0, rotateBefore).join(''));
          rotate();
          appendFileSync(log, lines.slice(rotateBefore).join(''));
        }
      }
    },
    /** @returns what writes the last line */
    execWithoutEnd(): () => void {
      const lines = execLines(++execs);
      appendFileSync(log, lines.slice(0, -1).join(''));
      return () => appendFileSync(log, lines.at(-1) ?? '');
    },
    get isAtEnd() {
      return agent?.status().sources[0]?.lagMs === 0;
    },
    cut: () => truncateSync(log),
    removeRotated: () => rmSync(`${log}.1`, { force: true }),
    async start() {
      const loaded = loadConfig(join(folder, 'sigmond.yaml'), config);
      const onAlert = (alert: Alert): unknown => alerts.push(alert);
      agent = await startAgent(loaded, {
        ...sinkDeps(),
        stdin: new PassThrough(),
        clock: fastClock,
        logger: silentLogger,
        onAlert,
      });
    },
    /** Stops it; after a kill, what it had not saved by then is unsaved. */
    async end(how: 'stop' | 'kill') {
      // Before the first save, which comes within a second, there is nothing to count on from.
      await waitUntil(() => existsSync(position) && readFileSync(position, 'utf8').includes('"highest"'), 'a position');
      const saved = readFileSync(position);
      await agent?.stop();
      agent = undefined;
      if (how === 'kill') writeFileSync(position, saved);
    },
    /** Waits until every exec is either seen or lost. */
    async settle() {
      const of = agent;
      assert.ok(of);
      const sum = () => of.status().events.seen + of.status().events.lost;
      try {
        await waitUntil(() => sum() === execs, 'the sum');
      } catch {
        assert.fail(`${execs} execs, but ${JSON.stringify(of.status().events)}`);
      }
      const { sinceStart: _, ...totals } = of.status().events;
      return totals;
    },
    async close() {
      await agent?.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function execLines(serial: number): readonly string[] {
  const id = `msg=audit(${1_795_489_893 + Math.floor(serial / 100)}.399:${serial}):`;
  return [
    `type=SYSCALL ${id} arch=c000003e syscall=59 success=yes exit=0 items=1 ppid=1 pid=${serial} uid=0 exe="/usr/bin/true"\n`,
    `type=EXECVE ${id} argc=2 a0="true" a1="${serial}"\n`,
    `type=CWD ${id} cwd="/tmp"\n`,
    `type=PATH ${id} item=0 name="/usr/bin/true" nametype=NORMAL\n`,
    `type=PROCTITLE ${id} proctitle=74727565\n`,
  ];
}

test('a log that was rotated away unread is lost to the event, and told once', async () => {
  const host = createHost();
  try {
    await host.start();
    host.exec(100);
    await host.settle();
    await host.end('stop');
    host.exec(50);
    host.rotate();
    host.exec(200, 3);
    host.rotate();
    host.exec(10);
    await host.start();
    const totals = await host.settle();
    // All but the first files' events: the one that the rotation cut has lost its head.
    assert.deepEqual(totals, { seen: 110, lost: 250, lostBy: { serialGaps: 249, incomplete: 1, kernel: 0 } });
    await waitUntil(() => host.alerts.some(({ event }) => event.fields['Reason'] === 'serialGaps'), 'the alert');
    await host.end('stop');
    const told = host.alerts.filter(({ event }) => event.fields['EventType'] === 'events_lost');
    assert.deepEqual(told.map(({ event }) => event.fields['Lost']).toSorted(), ['1', '249']);
    await host.start();
    host.exec(5);
    assert.equal((await host.settle()).seen, 115);
    assert.equal(host.alerts.filter(({ event }) => event.fields['EventType'] === 'events_lost').length, told.length);
  } finally {
    await host.close();
  }
});

for (const seed of [1, 2, 3, 4]) {
  test(`seen and lost are all there was, over rotations, cuts, stops and kills (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const host = createHost();
    try {
      await host.start();
      host.exec(20);
      await host.settle();
      for (let step = 0; step < 12; step++) {
        const isOff = random.below(2) === 0;
        if (isOff) await host.end(random.below(2) === 0 ? 'stop' : 'kill');
        host.exec(1 + random.below(300));
        const rotations = random.below(4);
        for (let n = 0; n < rotations; n++) host.exec(1 + random.below(300), random.below(6));
        if (isOff && random.below(4) === 0) host.removeRotated();
        if (isOff && random.below(4) === 0) host.cut();
        host.exec(1 + random.below(20));
        if (isOff) await host.start();
        await host.settle();
      }
    } finally {
      await host.close();
    }
  });
}

test('an end that comes after a restart, of an event that was counted before, is not counted again', async () => {
  const host = createHost();
  try {
    await host.start();
    host.exec(10);
    await host.settle();
    const end = host.execWithoutEnd();
    await host.settle();
    await host.end('stop');
    end();
    host.exec(5);
    await host.start();
    await waitUntil(() => host.isAtEnd, 'the end of the log');
    assert.deepEqual(await host.settle(), { seen: 16, lost: 0, lostBy: { serialGaps: 0, incomplete: 0, kernel: 0 } });
  } finally {
    await host.close();
  }
});

test('nor where the log that it began in is gone by then', async () => {
  const host = createHost();
  try {
    await host.start();
    host.exec(10);
    await host.settle();
    const end = host.execWithoutEnd();
    await host.settle();
    await host.end('stop');
    host.rotate();
    host.removeRotated();
    end();
    host.exec(5);
    await host.start();
    await waitUntil(() => host.isAtEnd, 'the end of the log');
    assert.deepEqual(await host.settle(), { seen: 16, lost: 0, lostBy: { serialGaps: 0, incomplete: 0, kernel: 0 } });
  } finally {
    await host.close();
  }
});
