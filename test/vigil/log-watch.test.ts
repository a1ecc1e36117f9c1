import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { type LogFileLook, lookAtLog } from '../../src/host/log-look.ts';
import { createLogWatch } from '../../src/vigil/log-watch.ts';

let folder: string;
let path: string;
let watch: ReturnType<typeof createLogWatch>;
/** Of this test's world, in seconds: files get it as their time, one second a step. */
let now: number;

beforeEach(open);
afterEach(close);

function open(): void {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-log-'));
  path = join(folder, 'audit.log');
  watch = createLogWatch();
  now = 1_795_489_893;
  write(path, 'one line\n');
  look();
}

function close(): void {
  rmSync(folder, { recursive: true });
}

function look(): string | undefined {
  now++;
  const seen = lookAtLog(path);
  return seen && watch(seen)?.what;
}

function write(file: string, text: string): void {
  appendFileSync(file, text);
  utimesSync(file, now, now);
}

/** As auditd and logrotate do: the oldest goes, each of the others gets the next number. */
function shift(kept: number): void {
  const name = (number: number): string => `${path}.${number}`;
  for (let number = kept; number >= 1; number--) {
    if (!existsSync(name(number))) continue;
    if (number === kept) unlinkSync(name(number));
    else renameSync(name(number), name(number + 1));
  }
}

function rotate(kept = 3): void {
  shift(kept);
  replaceBy(`${path}.1`);
}

/** The log gets another name, and a new one is begun. */
function replaceBy(name: string): void {
  renameSync(path, name);
  write(path, 'new\n');
}

describe('what every rotation does is no cut', () => {
  const rotations: readonly (readonly [what: string, act: () => void])[] = [
    ['nothing happens', () => undefined],
    ['it grows', () => write(path, 'more\n')],
    ['it is renamed and begun anew', rotate],
    ['it is renamed, dated', () => replaceBy(`${path}-20261124`)],
    [
      'it is copied and cut',
      () => {
        copyFileSync(path, `${path}.1`);
        truncateSync(path);
      },
    ],
    [
      'it is copied with its time, packed, and cut',
      () => {
        const { mtimeMs } = statSync(path);
        writeFileSync(`${path}.1.gz`, 'packed');
        // Packers keep the time to the second.
        utimesSync(`${path}.1.gz`, Math.floor(mtimeMs / 1000), Math.floor(mtimeMs / 1000));
        truncateSync(path);
      },
    ],
    [
      'several rotations carry it past the last that is kept',
      () => {
        for (let n = 0; n < 5; n++) {
          write(path, 'x\n');
          rotate(2);
        }
      },
    ],
    [
      'it is away for a moment',
      () => {
        renameSync(path, `${path}.1`);
        assert.equal(look(), undefined);
      },
    ],
  ];
  for (const [what, act] of rotations) {
    test(what, () => {
      act();
      assert.equal(look(), undefined);
      write(path, 'later\n');
      assert.equal(look(), undefined);
    });
  }
});

describe('a cut is told once', () => {
  const older = (): void => {
    rotate();
    look();
    write(path, 'the newest line\n');
    look();
  };
  const cuts: readonly (readonly [what: string, act: () => void, expected: readonly (string | undefined)[]])[] = [
    ['truncated', () => truncateSync(path), ['log_truncated', undefined]],
    ['truncated in part', () => truncateSync(path, 3), ['log_truncated', undefined]],
    ['deleted', () => unlinkSync(path), [undefined, 'log_deleted', undefined]],
    ['moved elsewhere', () => renameSync(path, join(folder, 'hidden')), [undefined, 'log_deleted', undefined]],
    ['replaced', () => replaceBy(join(folder, 'hidden')), ['log_replaced', undefined]],
    [
      'edited in place, as sed does',
      () => {
        write(join(folder, 'sedXYZ'), 'one\n');
        renameSync(join(folder, 'sedXYZ'), path);
      },
      ['log_replaced', undefined],
    ],
  ];
  for (const [what, act, expected] of cuts) {
    for (const [where, prepare] of [
      ['alone', () => undefined],
      ['with an older file beside it', older],
    ] as const) {
      test(`${what}, ${where}`, () => {
        prepare();
        now += 5;
        write(path, 'last\n');
        look();
        act();
        assert.deepEqual(
          expected.map(() => look()),
          expected,
        );
        write(path, 'new\n');
        assert.equal(look(), undefined);
      });
    }
  }
});

test('a log that is rotated away and never begun anew is told after a minute', () => {
  renameSync(path, `${path}.1`);
  for (let n = 1; n < 60; n++) assert.equal(look(), undefined, `look ${n}`);
  assert.equal(look(), 'log_deleted');
  assert.equal(look(), undefined);
});

test('a log that was never there is none', () => {
  unlinkSync(path);
  watch = createLogWatch();
  assert.deepEqual([look(), look(), look()], [undefined, undefined, undefined]);
});

test('a folder that may not be searched, or is replaced by a file', { skip: process.geteuid?.() !== 0 }, () => {
  assert.equal(lookAtLog(join(path, 'audit.log'))?.file, undefined);
});

test('no series of writes and rotations is a cut', () => {
  const steps = fc.array(fc.constantFrom('write', 'rotate', 'copy', 'look'), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (series) => {
      close();
      open();
      for (const step of series) {
        if (step === 'write') write(path, 'line\n');
        else if (step === 'rotate') rotate(2);
        else if (step === 'copy') {
          shift(2);
          copyFileSync(path, `${path}.1`);
          utimesSync(`${path}.1`, now, now);
          truncateSync(path);
          utimesSync(path, now, now);
        } else assert.equal(look(), undefined);
      }
      assert.equal(look(), undefined);
    }),
    { numRuns: 200 },
  );
});

test('a link to itself is no look, and beside the log nothing', () => {
  symlinkSync('loop', join(folder, 'loop'));
  assert.equal(lookAtLog(join(folder, 'loop')), undefined);
  symlinkSync('audit.log.1', `${path}.1`);
  assert.deepEqual(lookAtLog(path)?.others(), []);
});

test('where the folder cannot be listed, nobody knows what rotation left, so only a log that stays away is told', () => {
  const blind = createLogWatch();
  const lookBlind = (file: LogFileLook | undefined) => blind({ file, others: () => undefined })?.what;
  const file = { dev: 1, ino: 1, size: 100, modifiedMs: 1000 };
  assert.equal(lookBlind(file), undefined);
  assert.equal(lookBlind({ ...file, ino: 2, size: 0 }), undefined);
  assert.equal(lookBlind({ ...file, ino: 2, size: 50 }), undefined);
  for (let n = 1; n < 60; n++) assert.equal(lookBlind(undefined), undefined, `look ${n}`);
  assert.equal(lookBlind(undefined), 'log_deleted');
});
