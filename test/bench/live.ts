import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { noAudit, startAuditd } from '../support/auditd.ts';
import { startSigmond } from '../support/sigmond.ts';
import { type Figure, percentile } from './figure.ts';
import { residentKb } from './replay.ts';

const run = promisify(execFile);
const execs = 200;
const loginUid = 64_372;
const idleSeconds = 30;
const ticksPerSecond = 100;

/** A real auditd, the built agent, and a webhook: how long an alert takes, and what waiting costs. */
export async function benchLive(): Promise<readonly Figure[]> {
  if (noAudit !== false) {
    return [{ name: 'exec to webhook, p50', value: Number.NaN, unit: 'ms', note: `not measured: ${noAudit}` }];
  }
  const auditd = await startAuditd(loginUid);
  const arrivals = new Map<string, number>();
  const webhook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const marker = /bench-marker-\d+/.exec(body)?.[0];
      if (marker !== undefined && !arrivals.has(marker)) arrivals.set(marker, performance.now());
      response.end();
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  const sigmond = await startSigmond(
    (folder) => `
state_dir: ${folder}/state
rules: {paths: [${new URL('rules', import.meta.url).pathname}]}
sources: {audit_log: {path: ${auditd.logPath}}}
sinks: [{name: soc, type: webhook, url: "http://127.0.0.1:${(webhook.address() as AddressInfo).port}/"}]
`,
  );
  try {
    const latencies = await measureLatency(arrivals);
    const idle = await measureIdle(sigmond.process.pid);
    const ms = (name: string, value: number): Figure => ({
      name,
      value,
      unit: 'ms',
      note: `${latencies.length} of ${execs} arrived`,
    });
    return [
      ms('exec to webhook, p50', percentile(latencies, 50)),
      ms('exec to webhook, p99', percentile(latencies, 99)),
      { name: 'idle CPU', value: idle, unit: '% of a core', note: `${idleSeconds} s, /proc scanned every 2 s` },
      { name: 'agent, resident memory', value: residentKb(sigmond.process.pid, 'VmRSS') / 1024, unit: 'MB' },
    ];
  } finally {
    await sigmond.stop();
    webhook.close();
    await auditd.stop();
  }
}

async function measureLatency(arrivals: ReadonlyMap<string, number>): Promise<readonly number[]> {
  const startedMs = new Map<string, number>();
  for (let n = 0; n < execs; n++) {
    const marker = `bench-marker-${n}`;
    startedMs.set(marker, performance.now());
    await run('/bin/echo', [marker]);
    await delay(20);
  }
  await delay(2000);
  return [...startedMs]
    .flatMap(([marker, ms]) => (arrivals.get(marker) ?? Number.NaN) - ms)
    .filter((ms) => !Number.isNaN(ms));
}

/** Percent of one core while nothing happens. */
async function measureIdle(pid: number | undefined): Promise<number> {
  const before = cpuTicks(pid);
  await delay(idleSeconds * 1000);
  return ((cpuTicks(pid) - before) / ticksPerSecond / idleSeconds) * 100;
}

/** utime and stime of proc_pid_stat(5). */
function cpuTicks(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
