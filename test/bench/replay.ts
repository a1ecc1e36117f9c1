import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../src/host/logger.ts';
import type { AuditRecord } from '../../src/model/audit.ts';
import type { RuleStore } from '../../src/rules-store.ts';
import { type Figure, median } from './figure.ts';
import type { BenchInputs } from './inputs.ts';

/** What is measured is the program as it is built: a loader that compiles on the way changes what functions cost. */
export async function built<T>(path: string): Promise<T> {
  return (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as T;
}

const { createRaise } = await built<typeof import('../../src/alerts/raise.ts')>('alerts/raise.js');
const { assembleDefaults, createAssembler } =
  await built<typeof import('../../src/events/assemble.ts')>('events/assemble.js');
const { createCounters } = await built<typeof import('../../src/host/counters.ts')>('host/counters.js');
const { keepObjectsYoung } = await built<typeof import('../../src/host/garbage.ts')>('host/garbage.js');
const { createPipeline } = await built<typeof import('../../src/pipeline.ts')>('pipeline.js');
const { createEnricher } = await built<typeof import('../../src/process/enrich.ts')>('process/enrich.js');
const { createProcessGuid } = await built<typeof import('../../src/process/guid.ts')>('process/guid.js');
const { createProcessTable } = await built<typeof import('../../src/process/table.ts')>('process/table.js');
const { parseRecord } = await built<typeof import('../../src/records/parse.ts')>('records/parse.js');
const { openRuleStore } = await built<typeof import('../../src/rules-store.ts')>('rules-store.js');
const { createLineSplitter } = await built<typeof import('../../src/sources/lines.ts')>('sources/lines.js');

const rounds = 9;
const chunkBytes = 65_536;

/** Lines a second of the stages, each in turn within every round, and the memory of the command. */
export async function benchReplay(inputs: BenchInputs): Promise<readonly Figure[]> {
  keepObjectsYoung();
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-bench-'));
  try {
    const path = join(folder, 'audit.log');
    writeFileSync(path, inputs.log);
    const rules = { paths: inputs.rulePaths, placeholders: new Map<string, string[]>() };
    const store = await openRuleStore(rules, silentLogger, createCounters());
    const plain: number[] = [];
    const assembled: number[] = [];
    const whole: number[] = [];
    for (let round = 0; round < rounds; round++) {
      plain.push(linesPerSecond(() => readAndSplit(path)));
      assembled.push(linesPerSecond(() => parseAndAssemble(path)));
      whole.push(linesPerSecond(() => replay(path, store)));
    }
    // The first rounds compile.
    const [read, parse, all] = [plain, assembled, whole].map((values) => median(values.slice(2)));
    const figure = (name: string, value = Number.NaN): Figure => ({
      name,
      value,
      unit: 'lines/s',
      ratio: value / (read ?? Number.NaN),
      reference: 'read and split',
      note: inputs.logName,
    });
    return [
      figure('read and split', read),
      figure('parse and assemble', parse),
      figure(`whole replay, ${inputs.rulesName}`, all),
      ...(await measureMemory(path, inputs.rulePaths)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param work returns how many lines it had */
function linesPerSecond(work: () => number): number {
  const startedMs = performance.now();
  const lines = work();
  return lines / ((performance.now() - startedMs) / 1000);
}

/** The plainest program there can be: the file as text, cut at its newlines. */
function readAndSplit(path: string): number {
  return readFileSync(path, 'latin1').split('\n').length - 1;
}

function eachLine(path: string, onLine: (line: string) => void): void {
  const bytes = readFileSync(path);
  const splitter = createLineSplitter(onLine, () => undefined);
  for (let at = 0; at < bytes.length; at += chunkBytes) splitter.push(bytes.subarray(at, at + chunkBytes));
}

function parseAndAssemble(path: string): number {
  const counters = createCounters();
  let lines = 0;
  let previous: AuditRecord | undefined;
  const assembler = createAssembler(() => undefined, assembleDefaults, counters.counter('late'));
  eachLine(path, (line) => {
    lines++;
    const record = parseRecord(line, previous);
    if ('torn' in record) return;
    previous = record;
    assembler.push(record, 0, 0);
  });
  assembler.flush();
  return lines;
}

function replay(path: string, store: RuleStore): number {
  let lines = 0;
  const table = createProcessTable(32_768, createProcessGuid('bench'));
  const pipeline = createPipeline({
    rules: () => store.current,
    enricher: createEnricher(table, undefined),
    users: { name: () => undefined },
    raise: createRaise({
      host: { name: 'bench', id: 'bench' },
      agentVersion: 'bench',
      rulesetHash: () => store.current.hash,
    }),
    deliver: () => undefined,
    counters: createCounters(),
    monotonicMs: () => 0,
  });
  const intake = pipeline.audit({ reorderWindow: 512 });
  eachLine(path, (line) => {
    lines++;
    intake.line(line, 0);
  });
  intake.flush();
  return lines;
}

/** Resident memory of `sigmond replay` as a process of its own. */
async function measureMemory(path: string, rulePaths: readonly string[]): Promise<readonly Figure[]> {
  const executable = new URL('../../bin/sigmond', import.meta.url).pathname;
  const child = spawn(executable, ['replay', ...rulePaths.flatMap((rules) => ['--rules', rules]), path], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  let peakKb = 0;
  const watch = setInterval(() => {
    peakKb = Math.max(peakKb, residentKb(child.pid, 'VmHWM'));
  }, 2);
  await ended;
  clearInterval(watch);
  return [{ name: 'replay command, peak resident memory', value: peakKb / 1024, unit: 'MB' }];
}

/** A line of /proc/PID/status in kB; 0 when the process has ended. */
export function residentKb(pid: number | undefined, field: 'VmHWM' | 'VmRSS'): number {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0;
    throw error;
  }
}
