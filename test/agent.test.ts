import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs, {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { type Agent, startAgent } from '../src/agent.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Alert } from '../src/model/alert.ts';
import { ConfigError, SourceError } from '../src/model/errors.ts';
import { createKeptLogger } from './support/kept-logger.ts';
import { startWebhookReceiver, type WebhookReceiver } from './support/receivers.ts';
import { sinkDeps } from './support/sinks.ts';
import { waitUntil } from './support/wait.ts';

let folder: string;
let receiver: WebhookReceiver;
let serial: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-agent-'));
  receiver = await startWebhookReceiver();
  serial = 100;
  writeFileSync(join(folder, 'audit.log'), '');
  writeRule('rule.yml', 'marker');
});
afterEach(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true });
});

function writeRule(file: string, value: string): void {
  writeFileSync(
    join(folder, file),
    `title: ${value}
id: 7f0f5a5e-0000-4000-8000-000000000001
level: high
logsource: {product: linux, category: process_creation}
detection: {sel: {CommandLine|contains: '${value}'}, condition: sel}
`,
  );
}

/** Writes an exec to the log, all but its last `open` lines. */
function exec(argument: string, open = 0): readonly string[] {
  const id = `msg=audit(1795489893.399:${serial++}):`;
  const lines = [
    `type=SYSCALL ${id} arch=c000003e syscall=59 success=yes exit=0 items=1 ppid=100 pid=${serial} auid=1000 uid=1000 gid=1000 euid=1000 tty=pts0 ses=1 comm="echo" exe="/usr/bin/echo" key="exec"`,
    `type=EXECVE ${id} argc=2 a0="echo" a1="${argument}"`,
    `type=CWD ${id} cwd="/tmp"`,
    `type=PATH ${id} item=0 name="/usr/bin/echo" nametype=NORMAL`,
    `type=PROCTITLE ${id} proctitle=6563686F`,
  ];
  append(lines.slice(0, lines.length - open));
  return lines.slice(lines.length - open);
}

function append(lines: readonly string[]): void {
  appendFileSync(join(folder, 'audit.log'), lines.map((line) => `${line}\n`).join(''));
}

interface Started {
  readonly agent: Agent;
  readonly logger: ReturnType<typeof createKeptLogger>;
}

interface StartOptions {
  readonly scan?: boolean;
  readonly stateDir?: string;
  readonly logs?: string;
  readonly onAlert?: (alert: Alert) => void;
}

async function start(more: StartOptions = {}): Promise<Started> {
  const config = loadConfig(
    join(folder, 'sigmond.yaml'),
    `state_dir: ${more.stateDir ?? 'state'}
rules: {paths: [${folder}]}
sources:
  audit_log: {path: audit.log, start: beginning}
  proc_scan: {enabled: ${more.scan ?? false}, interval_ms: 100}
  logs: [${more.logs ?? ''}]
sinks:
  - {name: soc, type: webhook, url: "${receiver.url}", timeout_ms: 300}
`,
  );
  const logger = createKeptLogger();
  const onAlert = more.onAlert ?? (() => undefined);
  return { agent: await startAgent(config, { ...sinkDeps(), stdin: new PassThrough(), logger, onAlert }), logger };
}

const commandLines = () => receiver.taken().map((alert) => (alert as Alert).event.fields['CommandLine']);
const position = () => join(folder, 'state/audit-log.position.json');
const savedOffset = () => (existsSync(position()) ? JSON.parse(readFileSync(position(), 'utf8')).offset : undefined);

test('from a line of the log to the sink, and a stop that may be asked for twice', async () => {
  const { agent } = await start();
  exec('marker-1');
  await receiver.waitForTaken(1);
  assert.equal(agent.auditLogState, 'following');
  exec('marker-2');
  await waitUntil(() => agent.counters.read()['alerts_raised_total'] === 2, 'the second alert');
  await Promise.all([agent.stop(), agent.stop()]);
  await agent.stop();
  await agent.done;
  assert.deepEqual(commandLines(), ['echo marker-1', 'echo marker-2']);
  assert.equal(savedOffset(), statSync(join(folder, 'audit.log')).size);
  assert.equal(statSync(join(folder, 'state')).mode & 0o777, 0o700);
});

test('the position stays before alerts that have not arrived, and a new agent sends them again under their ids', async () => {
  receiver.mode = { status: 503 };
  const first = await start();
  exec('quiet');
  exec('marker-1');
  await waitUntil(() => receiver.requests.length >= 2, 'two attempts');
  const before = savedOffset() ?? 0;
  assert.ok(before < statSync(join(folder, 'audit.log')).size);
  // The process is gone as after a SIGKILL: what the first agent would still save is not there for the second.
  const kept = existsSync(position()) ? readFileSync(position()) : undefined;
  const stopping = first.agent.stop();
  receiver.mode = 'answer-lost';
  await stopping;
  if (kept) writeFileSync(position(), kept);
  else rmSync(position(), { force: true });
  const ids = new Set(receiver.taken().map((alert) => (alert as Alert).id));

  receiver.mode = 'ok';
  const taken = receiver.taken().length;
  const second = await start();
  await receiver.waitForTaken(taken + 1);
  await second.agent.stop();
  for (const alert of receiver.taken()) ids.add((alert as Alert).id);
  assert.equal(ids.size, 1);
  assert.equal(savedOffset(), statSync(join(folder, 'audit.log')).size);
});

test('an event that is open at the stop is completed by the next agent, those that are done are not repeated', async () => {
  const first = await start();
  const rest = exec('marker-open', 2);
  exec('marker-done');
  await receiver.waitForTaken(1);
  await first.agent.stop();
  const second = await start();
  append(rest);
  exec('marker-last');
  await receiver.waitForTaken(3);
  await second.agent.stop();
  assert.deepEqual(commandLines(), ['echo marker-done', 'echo marker-open', 'echo marker-last']);
});

test('a reload takes effect for the next event, and tells of what is wrong with its place', async () => {
  const { agent, logger } = await start();
  writeRule('rule.yml', 'other');
  writeFileSync(join(folder, 'bad.yml'), 'title: [\n');
  await agent.reload();
  exec('marker');
  exec('other');
  await receiver.waitForTaken(1);
  await agent.stop();
  assert.deepEqual(commandLines(), ['echo other']);
  assert.equal(agent.rules.rejected, 1);
  assert.ok(logger.lines.some(({ context }) => /bad\.yml:\d+:\d+: /.test(String(context['problem']))));
});

test('correlations know after a restart what they saw before, and count no event twice', async () => {
  const rule = readFileSync(join(folder, 'rule.yml'), 'utf8');
  writeFileSync(
    join(folder, 'rule.yml'),
    `${rule}---
title: burst
id: 7f0f5a5e-0000-4000-8000-000000000002
level: high
correlation:
  type: event_count
  rules: [7f0f5a5e-0000-4000-8000-000000000001]
  group-by: [User]
  timespan: 1m
  condition: {gte: 3}
`,
  );
  const first = await start();
  exec('marker-1');
  exec('marker-2');
  await waitUntil(() => first.agent.counters.read()['events_total'] === 2, 'both events');
  await first.agent.stop();
  assert.equal(statSync(join(folder, 'state/correlations.json')).mode & 0o777, 0o600);
  // As after a crash, the log is read again from an earlier position.
  rmSync(position());
  const second = await start();
  await waitUntil(() => second.agent.counters.read()['events_total'] === 2, 'both events again');
  exec('marker-3');
  await receiver.waitForTaken(1);
  await second.agent.stop();
  const [alert, ...others] = receiver.taken() as readonly Alert[];
  assert.deepEqual(others, []);
  assert.equal(alert?.event.fields['CommandLine'], 'echo marker-3');
  const { groupBy, value, eventCount, events } = alert.correlation ?? {};
  assert.deepEqual([Object.keys(groupBy ?? {}), value, eventCount], [['User'], 3, 3]);
  assert.deepEqual(
    events?.map(({ id }) => id),
    [100, 101, 102].map((number) => `1795489893.399:${number}`),
  );
});

test('events that come during a reload are all judged, each by the old set or the new one as a whole', async () => {
  const alerts: Alert[] = [];
  const writeVersion = (version: string) => {
    for (let n = 0; n < 20; n++) writeNumbered(n, version);
  };
  writeVersion('old');
  const { agent } = await start({ onAlert: (alert) => alerts.push(alert) });
  const hashes = [agent.rules.current.hash];
  exec('marker-0');
  await waitUntil(() => alerts.length === 21, 'the alerts of the old set');
  let events = 1;
  for (const version of ['new', 'newer', 'newest']) {
    writeVersion(version);
    // A file that is broken keeps its old rule, which is in force with the others' new ones.
    writeFileSync(join(folder, 'numbered-7.yml'), 'title: [');
    let isReloading = true;
    const reloading = agent.reload().finally(() => {
      isReloading = false;
    });
    while (isReloading) {
      exec(`marker-${events++}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await reloading;
    hashes.push(agent.rules.current.hash);
    exec(`marker-${events++}`);
  }
  await waitUntil(() => alerts.length >= 21 * events, 'the alerts of all events');
  await agent.stop();

  const eventIds = [...new Set(alerts.map(({ event }) => event.id))];
  assert.equal(eventIds.length, events);
  const order: number[] = [];
  for (const id of eventIds) {
    const raised = alerts.filter(({ event }) => event.id === id);
    const hash = raised[0]?.agent.ruleset ?? '';
    const set = hashes.indexOf(hash);
    order.push(set);
    assert.deepEqual(new Set(raised.map((alert) => alert.agent.ruleset)), new Set([hash]));
    const expected = Array.from({ length: 20 }, (_, n) => `${n === 7 ? 'old' : versions[set]} ${n}`);
    assert.deepEqual(raised.map(({ rule }) => rule.title).sort(), ['marker', ...expected].sort());
  }
  assert.deepEqual(order, order.toSorted());
  assert.deepEqual(new Set(order), new Set([0, 1, 2, 3]));
});

const versions = ['old', 'new', 'newer', 'newest'];

function writeNumbered(n: number, version: string): void {
  writeFileSync(
    join(folder, `numbered-${n}.yml`),
    `title: ${version} ${n}
id: 7f0f5a5e-0000-4000-8000-0000000001${String(n).padStart(2, '0')}
level: high
logsource: {product: linux, category: process_creation}
detection: {sel: {CommandLine|contains: marker}, condition: sel}
`,
  );
}

test('without a rule the agent does not start', async () => {
  rmSync(join(folder, 'rule.yml'));
  await assert.rejects(start(), ConfigError);
});

test('a state folder that cannot be used is named', async () => {
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(start({ stateDir: 'file/state' }), (error) => {
    assert.ok(error instanceof SourceError);
    assert.match(error.message, /file\/state/);
    return true;
  });
});

test('a position that cannot be saved is told once, and again when it can', async () => {
  const { agent, logger } = await start();
  // Until then it may still read the position that was saved.
  await waitUntil(() => agent.auditLogState === 'following', 'the log');
  rmSync(join(folder, 'state'), { recursive: true });
  writeFileSync(join(folder, 'state'), '');
  exec('marker-1');
  await waitUntil(() => logger.lines.some(({ level }) => level === 'error'), 'the problem');
  exec('marker-2');
  await receiver.waitForTaken(2);
  rmSync(join(folder, 'state'));
  mkdirSync(join(folder, 'state'));
  exec('marker-3');
  await waitUntil(() => logger.lines.some(({ text }) => text.endsWith('saved again')), 'the recovery');
  await agent.stop();
  assert.equal(logger.lines.filter(({ level }) => level === 'error').length, 1);
});

test('without scans nothing of the host is read but the log', async () => {
  const paths: string[] = [];
  const names = ['openSync', 'readFileSync', 'readdirSync', 'readlinkSync', 'statSync'] as const;
  const mocks = names.map((name) => {
    const original = fs[name] as (...args: unknown[]) => unknown;
    return mock.method(fs, name, (...args: unknown[]) => {
      paths.push(String(args[0]));
      return original.apply(fs, args);
    });
  });
  syncBuiltinESMExports();
  try {
    const { agent } = await start();
    exec('marker-1');
    await receiver.waitForTaken(1);
    await agent.stop();
  } finally {
    for (const { mock: replaced } of mocks) replaced.restore();
    syncBuiltinESMExports();
  }
  assert.ok(paths.includes(join(folder, 'audit.log')));
  assert.deepEqual(
    paths.filter((path) => path.startsWith('/proc')),
    [],
  );
});

test('with scans a program that audit does not report is an event', async () => {
  const { agent } = await start({ scan: true });
  const child = spawn('sleep', ['60'], { argv0: 'marker-sleep' });
  await receiver.waitForTaken(1);
  child.kill('SIGKILL');
  await agent.stop();
  const [alert] = receiver.taken() as readonly Alert[];
  assert.equal(alert?.event.fields['EventSource'], 'proc');
  assert.equal(alert?.event.fields['ParentProcessId'], String(process.pid));
  assert.equal(alert?.ancestry[0]?.pid, process.pid);
});

test('a rule fires once for a line of a text log, whatever services it holds, and under the same id after a crash', async () => {
  writeFileSync(
    join(folder, 'logs.yml'),
    `title: any log
id: 7f0f5a5e-0000-4000-8000-000000000002
logsource: {product: linux}
detection: {keywords: [marker], condition: keywords}
---
title: sshd only
id: 7f0f5a5e-0000-4000-8000-000000000003
logsource: {product: linux, service: sshd}
detection: {keywords: [marker], condition: keywords}
---
title: cron only
id: 7f0f5a5e-0000-4000-8000-000000000004
logsource: {product: linux, service: cron}
detection: {keywords: [marker], condition: keywords}
`,
  );
  const log = join(folder, 'auth.log');
  const logs = `{path: ${log}, service: [auth, sshd, cron], start: beginning}`;
  const position = () => {
    const [name = ''] = readdirSync(join(folder, 'state')).filter((entry) => entry.startsWith('log-auth.log-'));
    return join(folder, 'state', name);
  };
  appendFileSync(log, 'Nov 24 03:11:33 web-1 sshd[1]: marker\nNov 24 03:11:33 web-1 useradd[2]: marker\n');
  const first = await start({ logs });
  await receiver.waitForTaken(3);
  await first.agent.stop();
  rmSync(position());
  const second = await start({ logs });
  await receiver.waitForTaken(6);
  appendFileSync(log, 'Nov 24 03:11:33 web-1 useradd[2]: marker\n');
  await receiver.waitForTaken(7);
  await second.agent.stop();

  const alerts = receiver.taken() as readonly Alert[];
  const shown = alerts.map(({ rule, event }) => `${rule.title}: ${event.logsource.service} ${event.fields['Message']}`);
  assert.deepEqual(shown.slice(0, 3), ['any log: auth marker', 'sshd only: sshd marker', 'any log: auth marker']);
  const ids = alerts.map(({ id }) => id);
  assert.deepEqual(ids.slice(3, 6), ids.slice(0, 3));
  assert.equal(new Set(ids).size, 4);
  assert.equal(JSON.parse(readFileSync(position(), 'utf8')).offset, statSync(log).size);
});
