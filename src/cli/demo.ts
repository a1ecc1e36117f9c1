import { randomUUID } from 'node:crypto';
import type { Agent } from '../agent.ts';
import { systemClock } from '../host/clock.ts';
import { findProgram } from '../host/programs.ts';
import type { Alert } from '../model/alert.ts';
import type { Config } from '../model/config.ts';
import { exitCode } from '../model/errors.ts';
import { openReverseShell } from '../simulate/reverse-shell.ts';

export interface DemoContext {
  readonly agent: Agent;
  readonly config: Config;
  /** Called with each alert that is raised. */
  readonly listeners: Set<(alert: Alert) => void>;
  readonly stderr: NodeJS.WritableStream;
  readonly stop: AbortSignal;
}

/** The shipped rule that the attack is for. */
const starRule = '9933a90d-07ec-4698-89b2-ecedf68515f5';

/** Attacks this host harmlessly and waits for the alert; answers with the exit code. */
export async function runDemo(context: DemoContext): Promise<number> {
  const { stderr, config } = context;
  const say = (text: string): void => void stderr.write(`demo  ${text}\n`);
  const obstacle = await findObstacle(context.agent);
  if (obstacle !== undefined) {
    say(`no attack: ${obstacle}`);
    return exitCode.runtime;
  }
  const token = `sigmond${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const { procScan } = config.sources;
  const waitMs = 10_000 + (procScan.enabled ? 3 * procScan.intervalMs : 0);
  const arrived = waitForAlert(context, token, waitMs);
  const startedMs = performance.now();
  const shell = await openReverseShell(token);
  try {
    const where = shell.realTerminal ? 'in a real terminal' : 'without a real terminal, for node-pty is not installed';
    say(`a reverse shell to loopback was opened (${where}) and upgraded: ${shell.upgrade}`);
    const alert = await arrived;
    if (alert) {
      say(`the alert came after ${Math.round(performance.now() - startedMs)} ms: ${alert.rule.title}`);
      return exitCode.ok;
    }
    say(`no alert within ${waitMs / 1000} s: ${explainSilence(context, shell.output())}`);
    return exitCode.runtime;
  } finally {
    await shell.close();
  }
}

async function findObstacle({ rules }: Agent): Promise<string | undefined> {
  if (!rules.current.rules.some(({ id }) => id === starRule)) return `the rule ${starRule} is not among those loaded`;
  for (const program of ['python3', 'bash']) {
    if (!(await findProgram(program))) return `${program} is not installed (Debian: apt-get install ${program})`;
  }
  return undefined;
}

async function waitForAlert(
  { listeners, stop }: DemoContext,
  token: string,
  waitMs: number,
): Promise<Alert | undefined> {
  const arrived = new AbortController();
  const found = new Promise<Alert>((resolve) => {
    listeners.add((alert) => {
      if (alert.rule.id === starRule && String(alert.event.fields['CommandLine']).includes(token)) resolve(alert);
    });
  });
  const alert = await Promise.race([found, systemClock.sleep(waitMs, AbortSignal.any([stop, arrived.signal]))]);
  arrived.abort();
  return alert ?? undefined;
}

function explainSilence({ agent, config }: DemoContext, output: string): string {
  if (/not found|No module|Error/.test(output)) return `the attack failed: ${output.trim()}`;
  if (!config.sources.procScan.enabled && agent.auditLogState !== 'following') return 'no source is at work';
  return `neither the audit log (${agent.auditLogState}) nor /proc showed the program`;
}
