import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startAuditd } from '../../support/auditd.ts';
import { startSigmond } from '../../support/sigmond.ts';
import { type Figure, percentile } from '../figure.ts';
import { residentKb } from '../replay.ts';
import { cpuSeconds } from './process-cost.ts';

const run = promisify(execFile);
const execs = 200;
const idleSeconds = 30;

/** A real auditd, the built agent, and a webhook: how long an alert takes there, and what waiting costs. */
export async function benchWebhook(loginUid: number): Promise<readonly Figure[]> {
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
rules: {paths: [${new URL('../rules', import.meta.url).pathname}]}
sources: {audit_log: {path: ${auditd.logPath}}}
sinks: [{name: soc, type: webhook, url: "http://127.0.0.1:${(webhook.address() as AddressInfo).port}/"}]
`,
  );
  try {
    const latencies = await measureLatency(arrivals);
    const idle = await measureIdle(sigmond.process.pid ?? 0);
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
async function measureIdle(pid: number): Promise<number> {
  const before = cpuSeconds(pid);
  await delay(idleSeconds * 1000);
  return ((cpuSeconds(pid) - before) / idleSeconds) * 100;
}
