import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRaise } from '../../src/alerts/raise.ts';
import { assembleDefaults, createAssembler } from '../../src/events/assemble.ts';
import { createCounters } from '../../src/host/counters.ts';
import { silentLogger } from '../../src/host/logger.ts';
import type { AuditRecord } from '../../src/model/audit.ts';
import { createPipeline } from '../../src/pipeline.ts';
import { createEnricher } from '../../src/process/enrich.ts';
import { createProcessGuid } from '../../src/process/guid.ts';
import { createProcessTable } from '../../src/process/table.ts';
import { parseRecord } from '../../src/records/parse.ts';
import { openRuleStore } from '../../src/rules-store.ts';
import { createLineSplitter } from '../../src/sources/lines.ts';
import { type Figure, median } from './figure.ts';
import type { BenchInputs } from './inputs.ts';

const rounds = 7;
const chunkBytes = 1_048_576;

/** Lines a second of the stages, each in turn within every round, and the memory of the command. */
export async function benchReplay(inputs: BenchInputs): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-bench-'));
  try {
    const path = join(folder, 'audit.log');
    writeFileSync(path, inputs.log);
    const store = await openRuleStore(inputs.rulePaths, silentLogger);
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

function replay(path: string, store: Awaited<ReturnType<typeof openRuleStore>>): number {
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
    reorderWindow: 512,
  });
  eachLine(path, (line) => {
    lines++;
    pipeline.line(line, 0);
  });
  pipeline.flush();
  return lines;
}

/** Peak resident memory of `sigmond replay` as a process of its own. */
async function measureMemory(path: string, rulePaths: readonly string[]): Promise<readonly Figure[]> {
  const executable = new URL('../../bin/sigmond', import.meta.url).pathname;
  const child = spawn(executable, ['replay', ...rulePaths.flatMap((rules) => ['--rules', rules]), path], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  let peakKb = 0;
  const watch = setInterval(() => {
    peakKb = Math.max(peakKb, residentKb(child.pid, 'VmHWM'));
  }, 5);
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
