import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AssembleOptions, assembleDefaults, createAssembler } from '../../src/events/assemble.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import { execLines, line, record, syscallBody } from '../support/audit-lines.ts';
import { createHeldClock } from '../support/held-clock.ts';

function createBench(options: Partial<AssembleOptions> = {}) {
  const clock = createHeldClock();
  const events: AuditEvent[] = [];
  const late = createCounters().counter('late');
  const assembler = createAssembler((event) => events.push(event), { ...assembleDefaults, ...options }, late);
  let position = 0;
  return {
    ...assembler,
    clock,
    late,
    feed(...lines: readonly string[]) {
      for (const text of lines) {
        assembler.push(record(text), position, clock.monotonicMs());
        position += text.length + 1;
      }
    },
    pass(ms: number) {
      clock.advance(ms);
      assembler.expire(clock.monotonicMs());
    },
    /** What has come out since the last call: serial, completion, types. */
    take: () =>
      events.splice(0).map(({ id, completedBy, records }) => {
        return `${id.serial} ${completedBy} ${records.map(({ type }) => type).join()}`;
      }),
  };
}

const allTypes = 'SYSCALL,EXECVE,CWD,PATH,PATH,PROCTITLE';
const withoutTitle = execLines({ proctitle: '' });

test('F18 PROCTITLE ends an event', () => {
  const bench = createBench();
  bench.feed(...execLines());
  assert.deepEqual(bench.take(), [`1 proctitle ${allTypes}`]);
});

test('F18 EOE ends an event where PROCTITLE is excluded, and is not one of its records', () => {
  const bench = createBench();
  bench.feed(...withoutTitle, line(1, 'EOE', ''));
  assert.deepEqual(bench.take(), ['1 eoe SYSCALL,EXECVE,CWD,PATH,PATH']);
});

test('F18 EOE after PROCTITLE is not late, and EOE alone is nothing', () => {
  const bench = createBench();
  bench.feed(...execLines(), line(1, 'EOE', ''), line(2, 'EOE', ''));
  bench.flush();
  assert.deepEqual(bench.take(), [`1 proctitle ${allTypes}`]);
  assert.equal(bench.late.value, 0);
});

test('without an end marker an event with all its items is complete after a moment', () => {
  const bench = createBench();
  bench.feed(...withoutTitle);
  bench.pass(99);
  assert.deepEqual(bench.take(), []);
  bench.pass(1);
  assert.deepEqual(bench.take(), ['1 items SYSCALL,EXECVE,CWD,PATH,PATH']);
});

test('with an item missing it is given up after the time-out, counted from its last record', () => {
  const bench = createBench();
  bench.feed(...withoutTitle.slice(0, 3));
  bench.pass(1999);
  bench.feed(...withoutTitle.slice(3, 4));
  bench.pass(1999);
  assert.deepEqual(bench.take(), []);
  bench.pass(1);
  assert.deepEqual(bench.take(), ['1 timeout SYSCALL,EXECVE,CWD,PATH']);
});

test('F31 time-outs do not look at the time of events', () => {
  const bench = createBench();
  bench.feed('type=SYSCALL msg=audit(1.000:7): items=1', 'type=SYSCALL msg=audit(4000000000.000:8): items=1');
  bench.pass(1999);
  assert.deepEqual(bench.take(), []);
  bench.pass(1);
  assert.deepEqual(bench.take(), ['7 timeout SYSCALL', '8 timeout SYSCALL']);
});

test('records that stand alone come at once, in the middle of another event', () => {
  const bench = createBench();
  bench.feed(...withoutTitle.slice(0, 2), line(5, 'USER_CMD', "pid=1 msg='cmd=6C73'"), line(6, 'DAEMON_ROTATE', ''));
  assert.deepEqual(bench.take(), ['5 single USER_CMD', '6 single DAEMON_ROTATE']);
});

test('F17 events may begin with another record than SYSCALL', () => {
  for (const type of ['CONFIG_CHANGE', 'LOGIN', 'AVC', 'ANOM_PROMISCUOUS', 'UNKNOWN[1420]']) {
    const bench = createBench();
    bench.feed(line(9, type, 'x=1'), line(9, 'SYSCALL', syscallBody()), line(9, 'PROCTITLE', ''));
    assert.deepEqual(bench.take(), [`9 proctitle ${type},SYSCALL,PROCTITLE`]);
  }
});

test('F30 records of different events interleave', () => {
  const bench = createBench();
  const one = execLines({ serial: 1 });
  const other = execLines({ serial: 2 });
  bench.feed(...one.flatMap((text, n) => [text, other[n] ?? '']));
  assert.deepEqual(bench.take(), [`1 proctitle ${allTypes}`, `2 proctitle ${allTypes}`]);
  assert.equal(bench.late.value, 0);
});

test('F3 two nodes, or two times, with one serial are two events', () => {
  const bench = createBench();
  const bodies = [
    line(3, 'SYSCALL', 'items=0', 'a'),
    line(3, 'SYSCALL', 'items=0', 'b'),
    line(3, 'SYSCALL', 'items=0'),
  ];
  const later = bodies[2]?.replace('.399', '.400') ?? '';
  bench.feed(...bodies, later, ...bodies.map((text) => text.replace('SYSCALL', 'PROCTITLE')));
  assert.deepEqual(bench.take(), Array(3).fill('3 proctitle SYSCALL,PROCTITLE'));
  bench.flush();
  assert.deepEqual(bench.take(), ['3 items SYSCALL']);
});

test('F32 the serial wraps', () => {
  const bench = createBench();
  const serials = [4_294_967_294, 4_294_967_295, 0, 1];
  bench.feed(...serials.map((serial) => line(serial, 'SYSCALL', 'items=0')));
  bench.feed(...serials.map((serial) => line(serial, 'PROCTITLE', '')));
  assert.deepEqual(
    bench.take(),
    serials.map((serial) => `${serial} proctitle SYSCALL,PROCTITLE`),
  );
});

test('a record that comes after its event was closed is counted and begins nothing', () => {
  const bench = createBench();
  bench.feed(...execLines(), line(1, 'PATH', 'item=2'), line(1, 'CWD', 'cwd="/"'));
  bench.flush();
  assert.deepEqual(bench.take(), [`1 proctitle ${allTypes}`]);
  assert.equal(bench.late.value, 2);
});

test('past the number of open events the oldest is closed as it is', () => {
  const bench = createBench({ maxOpenEvents: 3 });
  for (const serial of [1, 2, 3]) bench.feed(line(serial, 'SYSCALL', 'items=2'));
  assert.deepEqual(bench.take(), []);
  bench.feed(line(4, 'SYSCALL', 'items=0'));
  assert.deepEqual(bench.take(), ['1 overflow SYSCALL']);
  bench.flush();
  assert.deepEqual(bench.take(), ['2 flush SYSCALL', '3 flush SYSCALL', '4 items SYSCALL']);
});

test('past the bytes of open events the oldest is closed, also the one that grows', () => {
  const bench = createBench({ maxOpenBytes: 1000 });
  bench.feed(line(1, 'SYSCALL', 'items=2'), line(2, 'SYSCALL', 'items=2'));
  bench.feed(line(2, 'EXECVE', `argc=1 a0="${'x'.repeat(850)}"`));
  assert.deepEqual(bench.take(), ['1 overflow SYSCALL']);
  bench.feed(line(2, 'CWD', `cwd="${'/x'.repeat(500)}"`));
  assert.deepEqual(bench.take(), ['2 overflow SYSCALL,EXECVE,CWD']);
  assert.equal(bench.oldestPosition(), undefined);
});

test('bytes are given back when events are closed', () => {
  const bench = createBench({ maxOpenBytes: 5000 });
  for (let serial = 0; serial < 100; serial++) bench.feed(...execLines({ serial }));
  assert.ok(bench.take().every((event) => event.includes('proctitle')));
});

test('the oldest position is where the first record of an open event stands', () => {
  const bench = createBench();
  assert.equal(bench.oldestPosition(), undefined);
  const first = line(1, 'SYSCALL', 'items=1');
  const second = line(2, 'SYSCALL', 'items=1');
  bench.feed(first, second, line(1, 'CWD', 'cwd="/"'));
  assert.equal(bench.oldestPosition(), 0);
  bench.feed(line(1, 'PROCTITLE', ''));
  assert.equal(bench.oldestPosition(), first.length + 1);
  bench.feed(line(2, 'PROCTITLE', ''));
  assert.equal(bench.oldestPosition(), undefined);
});

test('a reader that resumes at the oldest position drops what was done, and only that', () => {
  const before = createBench();
  const open = withoutTitle.map((text) => text.replace(':1)', ':9)'));
  const log = [...execLines({ serial: 1 }), ...open.slice(0, 2), ...execLines({ serial: 2 }), ...open.slice(2)];
  before.feed(...log);
  assert.deepEqual(before.take(), [`1 proctitle ${allTypes}`, `2 proctitle ${allTypes}`]);
  const position = before.oldestPosition() ?? Number.NaN;
  const done = before.doneSince(position);
  assert.deepEqual(done, ['1795489893.399:2']);

  const after = createBench();
  after.assumeDone(done, position);
  after.feed(...log.slice(6), line(9, 'PROCTITLE', ''));
  assert.deepEqual(after.take(), [`9 proctitle ${allTypes}`]);
});

test('closed events are remembered up to a bound', () => {
  const bench = createBench();
  for (let serial = 0; serial < 10_000; serial++) bench.feed(line(serial, 'PROCTITLE', ''));
  assert.equal(bench.doneSince(0).length, 4096);
  assert.equal(bench.doneSince(0).at(-1), '1795489893.399:9999');
});

test('F36 an event goes on after any pause shorter than the time-out, whichever file its lines come from', () => {
  const bench = createBench();
  bench.feed(...withoutTitle.slice(0, 1));
  bench.pass(1500);
  bench.feed(...execLines().slice(1));
  assert.deepEqual(bench.take(), [`1 proctitle ${allTypes}`]);
});
