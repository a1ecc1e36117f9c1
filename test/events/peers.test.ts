import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assembleDefaults } from '../../src/events/assemble.ts';
import { createKnownFolders } from '../../src/events/known-folders.ts';
import { normalise } from '../../src/events/normalise.ts';
import { createCounters } from '../../src/host/counters.ts';
import { createIntake } from '../../src/intake.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { execLines, line, syscallBody } from '../support/audit-lines.ts';
import { splitExecve } from '../support/execve-records.ts';

/** From lines to process_creation events; those that are open after `waitMs` without a further line do not count. */
function read(lines: readonly string[], waitMs = 0) {
  const counters = createCounters();
  const events: SigmaEvent[] = [];
  let nowMs = 0;
  const context = {
    users: { name: () => undefined },
    folders: createKnownFolders(),
    wants: () => false,
    isSilent: () => false,
    incomplete: counters.counter('incomplete'),
    failedExecs: counters.counter('failed'),
    unnamed: counters.counter('unnamed'),
  };
  const intake = createIntake((event) => events.push(...normalise(event, context)), {
    counters,
    monotonicMs: () => nowMs,
  });
  for (const text of lines) intake.line(text, 0);
  nowMs += waitMs;
  intake.expire();
  return { events, counts: counters.read() };
}

/** An exec with these bodies as its EXECVE records, and the two records behind them where they are not cut off. */
function execOf(bodies: readonly string[], serial = 1): readonly string[] {
  const [syscall = '', , ...others] = execLines({ serial });
  return [syscall, ...bodies.map((body) => line(serial, 'EXECVE', body)), ...others];
}

const onNode = (lines: readonly string[], node: string): readonly string[] =>
  lines.map((text) => `node=${node} ${text}`);
const many = Array.from({ length: 70_000 }, (_, n) => String(n));
const longest = 'x'.repeat(131_071);

interface Row {
  /** Who gets it wrong, and what happens then. */
  readonly name: string;
  readonly lines: readonly string[];
  readonly waitMs?: number;
  /** CommandLine of each event. */
  readonly commandLines: readonly (string | undefined)[];
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly counts?: Readonly<Record<string, number>>;
}

const rows: readonly Row[] = [
  { name: 'F1 go-libaudit takes no line with node=', lines: onNode(execLines(), 'web'), commandLines: ['ls -l'] },
  {
    name: 'F2 linux-audit-parser refuses a type that it does not know',
    lines: execLines().toSpliced(2, 0, line(1, 'LANDLOCK_ACCESS', 'domain=1'), line(1, 'UNKNOWN[1420]', 'x=y')),
    commandLines: ['ls -l'],
    counts: { audit_torn_records_total: 0, incomplete: 0 },
  },
  {
    name: 'F3 go-libaudit mixes two hosts, for it looks at serials only',
    lines: execLines().flatMap((text, n) => [`node=a ${text}`, `node=b ${execOf(['argc=1 a0="id"'])[n]}`]),
    commandLines: ['ls -l', 'id'],
  },
  {
    name: 'F8 nobody reads the log of a kernel without a daemon',
    lines: execLines().map((text) =>
      text
        .replace('SYSCALL', '1300')
        .replace('EXECVE', '1309')
        .replace('CWD', '1307')
        .replace('PATH', '1302')
        .replace('PROCTITLE', '1327')
        .replace('msg=', '')
        .replace(/^/, 'Nov 24 03:11:33 web kernel: [    7.123456] audit: '),
    ),
    commandLines: ['ls -l'],
    fields: { CurrentDirectory: '/root', Image: '/usr/bin/ls' },
  },
  {
    name: 'F9 go-libaudit took the number 3005 for hex',
    lines: execOf(['argc=5 a0="useradd" a1="-u" a2="3005" a3="-m" a4="trainer5"']),
    commandLines: ['useradd -u 3005 -m trainer5'],
  },
  {
    name: 'F18 laurel waits for an EOE that is excluded',
    lines: execLines(),
    commandLines: ['ls -l'],
    counts: { incomplete: 0 },
  },
  {
    name: 'F19 go-libaudit loses an exec with an argument in pieces',
    lines: execOf(splitExecve(['/bin/echo', longest])),
    commandLines: [`/bin/echo ${longest}`],
    counts: { incomplete: 0 },
  },
  {
    name: 'F19 laurel counted arguments in 16 bits',
    lines: execOf(splitExecve(many)),
    commandLines: [many.join(' ')],
    counts: { incomplete: 0 },
  },
  {
    name: 'F20 go-libaudit loses an exec with an argument that the kernel left out',
    lines: execOf(['argc=3 a0="/bin/ls" a2="/etc"']),
    commandLines: ['/bin/ls  /etc'],
    counts: { incomplete: 0 },
  },
  {
    name: 'F21 osquery has to work around argc=0',
    lines: execOf(['argc=0 a0="/dev/fd/3/fork"']),
    commandLines: ['/dev/fd/3/fork'],
    counts: { incomplete: 0 },
  },
  {
    name: 'F22 a failed exec is taken for one of its caller',
    lines: execLines({ execve: '', syscall: syscallBody({ success: 'no', exit: '-2', comm: '"perl"' }) }),
    commandLines: [],
    counts: { failed: 1, incomplete: 0 },
  },
  {
    name: 'F26 whoever reads PROCTITLE reads the image before',
    lines: execLines({ proctitle: 'proctitle="/sbin/init"' }),
    commandLines: ['ls -l'],
  },
  {
    name: 'F29 a fork is no exec',
    lines: [
      line(1, 'SYSCALL', syscallBody({ syscall: '56', exit: '71505', items: '0' })),
      line(1, 'PROCTITLE', 'proctitle="sh"'),
    ],
    commandLines: [],
    counts: { failed: 0, incomplete: 0 },
  },
  {
    name: 'F31 laurel holds the last event of a quiet host until another one comes',
    lines: execLines({ proctitle: '' }),
    waitMs: assembleDefaults.itemsTimeoutMs,
    commandLines: ['ls -l'],
    counts: { incomplete: 0 },
  },
  {
    name: 'F32 serials that wrap are events like any other',
    lines: [4_294_967_295, 0, 1].flatMap((serial) => execLines({ serial })),
    commandLines: ['ls -l', 'ls -l', 'ls -l'],
  },
];

for (const { name, lines, waitMs, commandLines, fields = {}, counts: expected = {} } of rows) {
  test(name, () => {
    const { events, counts } = read(lines, waitMs);
    assert.deepEqual(
      events.map((event) => event.fields['CommandLine']),
      commandLines,
    );
    for (const [field, value] of Object.entries(fields)) assert.equal(events[0]?.fields[field], value, field);
    for (const [counter, count] of Object.entries(expected)) assert.equal(counts[counter], count, counter);
  });
}

/** What is lost of an exec of two EXECVE records, and what is left. */
const whole = execOf(['argc=3 a0="x" a1_len=4 a1[0]="ab"', ' a1[1]="cd" a2="y"']);
const losses: readonly (readonly [name: string, lost: readonly number[], commandLine: string | undefined])[] = [
  ['SYSCALL', [0], 'x abcd y'],
  ['the first EXECVE', [1], '<...> <...>cd y'],
  ['the last EXECVE', [2], 'x ab<...> <...>'],
  // PROCTITLE stands in, marked.
  ['each EXECVE', [1, 2], 'ls -l'],
  ['each EXECVE and PROCTITLE', [1, 2, 6], undefined],
];

for (const [name, lost, commandLine] of losses) {
  test(`F19 an exec that lacks ${name} is marked, not dropped`, () => {
    const { events, counts } = read(
      whole.filter((_, n) => !lost.includes(n)),
      assembleDefaults.timeoutMs,
    );
    const [event] = events;
    assert.equal(events.length, 1);
    assert.equal(event?.fields['CommandLine'], commandLine);
    assert.equal(event?.fields['CommandLineTruncated'], 'true');
    assert.equal(counts['incomplete'], 1);
  });
}

for (const [name, lost] of [
  ['CWD', [3]],
  ['a PATH', [4]],
  ['PROCTITLE', [6]],
] as const) {
  test(`F17 an exec that lacks ${name} only has its arguments all the same`, () => {
    const { events, counts } = read(
      whole.filter((_, n) => !lost.some((place) => place === n)),
      assembleDefaults.timeoutMs,
    );
    assert.deepEqual(
      events.map(({ fields }) => [fields['CommandLine'], fields['CommandLineTruncated']]),
      [['x abcd y', undefined]],
    );
    assert.equal(counts['incomplete'], 0);
  });
}

test('records that come twice, or all again, add nothing', () => {
  const twice = read([...whole.slice(0, -1).flatMap((text) => [text, text]), ...whole.slice(-1), ...whole]);
  assert.deepEqual(
    twice.events.map(({ fields }) => fields),
    read(whole).events.map(({ fields }) => fields),
  );
  assert.equal(twice.counts['audit_late_records_total'], whole.length);
});
