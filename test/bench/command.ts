import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, median, notMeasured } from './figure.ts';
import type { BenchInputs } from './inputs.ts';

const rounds = 3;
const copies = 8;

/** A program that reads the log from its beginning to its end, and writes what it makes of it to a file. */
interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly inputPath?: string;
}

/** How long it took from its start to its end, and the processor's time for the program itself. */
interface Cost {
  readonly wallS: number;
  readonly userS: number;
}

/** The whole replay command, its start included, beside other programs with the same log in the same minute. */
export function benchCommand(inputs: BenchInputs): readonly Figure[] {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-bench-'));
  try {
    const path = join(folder, 'audit.log');
    const log = repeat(inputs.log.toString('latin1'), copies);
    writeFileSync(path, log, 'latin1');
    return measure(programsFor(inputs, path, folder), log.split('\n').length - 1, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function programsFor({ rulePaths, rulesName }: BenchInputs, path: string, folder: string): readonly Program[] {
  const rules = rulePaths.flatMap((rule) => ['--rules', rule]);
  return [
    { name: `replay command, ${rulesName}`, command: [executable, 'replay', ...rules, path] },
    { name: 'laurel', command: [laurelProgram, '-c', laurelConfig(folder)], inputPath: path },
    {
      name: 'ausearch --raw -m EXECVE',
      command: [ausearchProgram, '--raw', '-m', 'EXECVE', '-if', path],
    },
  ];
}

const executable = new URL('../../bin/sigmond', import.meta.url).pathname;
const laurelProgram = '/usr/sbin/laurel';
const ausearchProgram = '/usr/sbin/ausearch';

/** What the package ships, where it is, so that it does the work that it is installed for; its log goes to our folder. */
function laurelConfig(folder: string): string {
  const output = join(folder, 'laurel');
  mkdirSync(output);
  const shipped = existsSync(laurelShipped) ? readFileSync(laurelShipped, 'utf8') : '[auditlog]\nsize = 5000000\n';
  const path = join(folder, 'laurel.toml');
  const lines = shipped.split('\n').filter((line) => !/^(?:directory|user) *=/.test(line));
  writeFileSync(path, [`directory = "${output}"`, ...lines].join('\n'));
  return path;
}

const laurelShipped = '/etc/laurel/config.toml';

/** The log again and again, each time with later times and higher serials, so that each event is one of its own. */
function repeat(log: string, times: number): string {
  const ids = [...log.matchAll(/msg=audit\((\d+)\.\d+:(\d+)\)/g)].map(([, seconds, serial]) => ({
    seconds: Number(seconds),
    serial: Number(serial),
  }));
  const span = (numbers: readonly number[]): number => {
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const number of numbers) {
      least = Math.min(least, number);
      most = Math.max(most, number);
    }
    return most - least + 1;
  };
  const seconds = span(ids.map((id) => id.seconds));
  const serials = span(ids.map((id) => id.serial));
  return Array.from({ length: times }, (_, nth) =>
    log.replace(
      /msg=audit\((\d+)\.(\d+):(\d+)\)/g,
      (_id, second: string, ms: string, serial: string) =>
        `msg=audit(${Number(second) + nth * seconds}.${ms}:${Number(serial) + nth * serials})`,
    ),
  ).join('');
}

function measure(programs: readonly Program[], lines: number, folder: string): readonly Figure[] {
  const costs = new Map<Program, Cost[]>();
  for (const program of programs) if (existsSync(program.command[0] ?? '')) costs.set(program, []);
  for (let round = 0; round < rounds; round++) {
    for (const [program, measured] of costs) measured.push(run(program, folder));
  }
  const rateOf = (program: Program | undefined): number =>
    lines / median((program && costs.get(program))?.map(({ wallS }) => wallS) ?? []);
  const [own, laurel] = programs;
  return programs.map((program) => {
    const { name } = program;
    const measured = costs.get(program);
    if (!measured) return notMeasured(name, `${program.command[0]} is not installed`);
    const [other, reference] = program === own ? [laurel, 'laurel'] : [own, 'the replay command'];
    const userS = median(measured.map((cost) => cost.userS));
    return {
      name,
      value: rateOf(program),
      unit: 'lines/s',
      ...(other && costs.has(other) && { ratio: rateOf(program) / rateOf(other), reference }),
      note: `${copies} logs one behind the other; ${userS.toFixed(2)} s of user time`,
    };
  });
}

function run({ command, inputPath = '/dev/null' }: Program, folder: string): Cost {
  const startedMs = performance.now();
  // The shell's `times` tells what its children took.
  const script = 'input=$1 output=$2; shift 2; "$@" <"$input" >"$output" || exit; times';
  const printed = execFileSync('/bin/sh', ['-c', script, 'sh', inputPath, join(folder, 'output'), ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const wallS = (performance.now() - startedMs) / 1000;
  const [, minutes, seconds] = /\n(\d+)m([\d.]+)s/.exec(printed) ?? [];
  return { wallS, userS: 60 * Number(minutes) + Number(seconds) };
}
