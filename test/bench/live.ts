import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { noAudit, startAuditd } from '../support/auditd.ts';
import { type Figure, notMeasured, percentile } from './figure.ts';
import { loadExecs, noLoad } from './live/exec-load.ts';
import { type Follower, followBarely, followWithSigmond, laurelProgram, prepareLaurel } from './live/followers.ts';
import { watchForMarkers } from './live/marker-watch.ts';
import { cpuSeconds } from './live/process-cost.ts';
import { benchWebhook } from './live/webhook.ts';
import { residentKb } from './replay.ts';

const loginUid = 64_372;
const rates = [100, 400, 1600];
/** Each is an alert, which costs more than an exec does. */
const markersPerSecond = 5;
/** Before what is measured: a daemon has its code compiled. */
const warmUp = { rate: 400, seconds: 8 };
const settleMs = 1500;

interface Run {
  readonly who: string;
  readonly rate: number;
  readonly cpuPercent: number;
  readonly auditdPercent: number;
  readonly latenciesMs: readonly number[];
  readonly markers: number;
  readonly lost: number | undefined;
  readonly residentMb: number;
  readonly load: string;
}

/** A real auditd under a steady load, and what follows it: sigmond, a bare tailer, and laurel as auditd's plugin. */
export async function benchLive(rulePaths: readonly string[], seconds: number): Promise<readonly Figure[]> {
  if (noAudit !== false) return [notMeasured('live', noAudit)];
  const webhook = await benchWebhook(loginUid);
  if (noLoad !== false) return [...webhook, notMeasured('load', noLoad)];
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-bench-'));
  try {
    const own = await follow(folder, seconds, rulePaths);
    const laurel = existsSync(laurelProgram) ? await followLaurel(folder, seconds) : [];
    return [
      ...webhook,
      ...own.flatMap((run) => figuresOf(run, [...own, ...laurel])),
      ...laurel.flatMap((run) => figuresOf(run, [])),
      ...(laurel.length > 0 ? [] : [notMeasured('laurel', `${laurelProgram} is not installed`)]),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function follow(folder: string, seconds: number, rulePaths: readonly string[]): Promise<readonly Run[]> {
  const auditd = await startAuditd(loginUid);
  const runs: Run[] = [];
  try {
    for (const rate of rates) {
      const follower = await followWithSigmond(auditd.logPath, rulePaths);
      runs.push(await measure('sigmond', follower, rate, seconds));
      await follower.stop();
    }
    for (const rate of rates) {
      const follower = await followBarely(auditd.logPath, folder);
      runs.push(await measure('bare tail', follower, rate, seconds));
      await follower.stop();
    }
    return runs;
  } finally {
    await auditd.stop();
  }
}

async function followLaurel(folder: string, seconds: number): Promise<readonly Run[]> {
  const laurel = prepareLaurel(folder);
  const auditd = await startAuditd(loginUid, [], [laurel.pluginPath]);
  const runs: Run[] = [];
  try {
    for (const rate of rates) runs.push(await measure('laurel', await laurel.follow(), rate, seconds));
    return runs;
  } finally {
    await auditd.stop();
  }
}

async function measure(who: string, follower: Follower, rate: number, seconds: number): Promise<Run> {
  const auditdPid = Number(/^pid (\d+)$/m.exec(execFileSync('auditctl', ['-s']).toString())?.[1]);
  await loadExecs(warmUp.rate, warmUp.seconds, 1);
  await delay(settleMs);
  const watch = watchForMarkers(follower.outputPath);
  let seenBefore: number | undefined;
  let before = { follower: 0, auditd: 0 };
  const load = await loadExecs(rate, seconds, markersPerSecond, async () => {
    await delay(settleMs);
    seenBefore = await follower.execsSeen();
    before = { follower: cpuSeconds(follower.pid), auditd: cpuSeconds(auditdPid) };
  });
  const used = { follower: cpuSeconds(follower.pid) - before.follower, auditd: cpuSeconds(auditdPid) - before.auditd };
  await delay(settleMs);
  watch.stop();
  const seen = await follower.execsSeen();
  const latenciesMs = Object.entries(load.markedNs).flatMap(([marker, startedNs]) => {
    const arrivedNs = watch.arrivedNs.get(marker);
    return arrivedNs === undefined ? [] : (arrivedNs - startedNs) / 1e6;
  });
  return {
    who,
    rate,
    cpuPercent: (100 * used.follower) / load.seconds,
    auditdPercent: (100 * used.auditd) / load.seconds,
    latenciesMs,
    markers: Object.keys(load.markedNs).length,
    lost: seen === undefined || seenBefore === undefined ? undefined : load.execs - (seen - seenBefore),
    residentMb: residentKb(follower.pid, 'VmRSS') / 1024,
    load: `${(load.execs / load.seconds).toFixed(0)} execs/s, late by at most ${load.longestDelayMs.toFixed(0)} ms`,
  };
}

function figuresOf(run: Run, all: readonly Run[]): readonly Figure[] {
  const { who, rate, latenciesMs, markers } = run;
  const at = (name: string, value: number, unit: string, more: Partial<Figure> = {}): Figure => ({
    name: `${who} at ${rate} execs/s: ${name}`,
    value,
    unit,
    ...more,
  });
  const laurel = all.find((other) => other.who === 'laurel' && other.rate === rate);
  const arrived = { note: `${latenciesMs.length} of ${markers} markers` };
  return [
    at('CPU', run.cpuPercent, '% of a core', {
      ...(laurel && who !== 'laurel' && { ratio: run.cpuPercent / laurel.cpuPercent, reference: 'laurel' }),
      note: run.load,
    }),
    at("auditd's CPU", run.auditdPercent, '% of a core'),
    at('exec to line, p50', percentile(latenciesMs, 50), 'ms', arrived),
    at('exec to line, p99', percentile(latenciesMs, 99), 'ms', arrived),
    ...(run.lost === undefined ? [] : [at('lost', run.lost, 'exec events')]),
    at('resident memory', run.residentMb, 'MB'),
  ];
}
