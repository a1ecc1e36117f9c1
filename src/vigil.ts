import { join } from 'node:path';
import { agentEvent } from './events/agent-event.ts';
import { processState, readAuditdPid } from './host/audit-daemon.ts';
import { readAuditRules } from './host/audit-rules.ts';
import { hasExecRule, readability } from './host/audit-state.ts';
import { type AuditStatus, parseAuditStatus } from './host/audit-status.ts';
import type { Clock } from './host/clock.ts';
import type { Counters } from './host/counters.ts';
import { lookAtLog } from './host/log-look.ts';
import type { Logger } from './host/logger.ts';
import type { OwnProcesses } from './host/own-processes.ts';
import { createProcfs } from './host/procfs.ts';
import type { AuditRecord } from './model/audit.ts';
import type { Config } from './model/config.ts';
import type { SigmaEvent } from './model/sigma-event.ts';
import type { CanaryStatus } from './model/status.ts';
import { createCanary } from './vigil/canary.ts';
import { createCanaryWatch, noCanary } from './vigil/canary-watch.ts';
import { type Diagnosis, explainSymptoms } from './vigil/diagnosis.ts';
import { createKernelWatch } from './vigil/kernel-watch.ts';
import { createLogWatch } from './vigil/log-watch.ts';
import { openMemory } from './vigil/memory.ts';
import { createRecordClock } from './vigil/record-clock.ts';
import { createRulesWatch } from './vigil/rules-watch.ts';
import { createRush } from './vigil/rush.ts';
import { createSilence } from './vigil/silence.ts';
import type { Tell } from './vigil/tell.ts';

export interface VigilParts {
  readonly own: OwnProcesses;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  /** Whether the name that auditd put before a record, if any, means this host. */
  readonly isHere: (node: string | undefined) => boolean;
  /** Takes the events that say what was found. */
  readonly emit: (event: SigmaEvent) => void;
  /** Called with the number of records that the kernel has lost since it was last asked. */
  readonly onKernelLost: (records: number) => void;
}

/** Watches over what the agent itself sees with: whether somebody has blinded it, or it has lost something. */
export interface Vigil {
  /** Looks at each audit record before anything else does. */
  record(record: AuditRecord): void;
  /** Hears of each exec that a scan of /proc found and the audit system did not report. */
  unreported(): void;
  /** The followed log was cut; looks what is left of it before it grows again. */
  logCut(): void;
  /** Watches until `signal` aborts; no process of its own is left then. */
  run(signal: AbortSignal): Promise<void>;
  readonly canary: CanaryStatus;
}

const defaultAuditLog = '/var/log/audit/audit.log';
const lookEveryMs = 1000;
const auditctlTimeoutMs = 4000;

/**
 * Builds it, or nothing where there is nothing to watch over: no audit records are read, or they may be another host's,
 * since nothing else of this one is looked at.
 */
export async function createVigil(config: Config, parts: VigilParts): Promise<Vigil | undefined> {
  const { auditLog, auditSocket, standardInput, procScan } = config.sources;
  const { path } = auditLog;
  const isOwnLog = auditLog.enabled && path === defaultAuditLog;
  const readsRecords = auditLog.enabled || auditSocket.enabled || standardInput.enabled;
  if (!readsRecords || !(procScan.enabled || isOwnLog)) return undefined;
  const { own, clock, logger, counters, isHere, emit, onKernelLost } = parts;
  const memory = await openMemory(join(config.stateDir, 'vigil.json'), logger);
  const tell: Tell = (eventType, occurrence, fields) =>
    emit(agentEvent(eventType, occurrence, clock.nowMs(), { ...fields, AuditLogPath: path }));
  let auditdPid = readAuditdPid();

  const lookAtKernel = createKernelWatch({
    bootId: createProcfs('/proc', clock.nowMs).bootId,
    known: memory.remembered.losses,
    onKnown: (losses) => memory.change({ losses }),
    onLost: onKernelLost,
    counter: counters.counter('audit_kernel_lost_total'),
    nowMs: clock.nowMs,
    logger,
    tell,
  });
  const rush = createRush(clock.monotonicMs);
  function learn(status: AuditStatus): void {
    rush.asked();
    auditdPid = status.pid || undefined;
    lookAtKernel(status);
  }

  let isRefused = false;
  function started(refusal: unknown): void {
    if (refusal !== undefined && !isRefused) logger.warn({ error: String(refusal) }, 'the canary cannot be started');
    isRefused = refusal !== undefined;
  }

  /** A log that is not followed cannot be at fault. */
  async function lookForLog(): ReturnType<typeof readability> {
    return auditLog.enabled ? readability(path) : 'readable';
  }

  async function diagnose(): Promise<Diagnosis> {
    const [loaded, status, log] = await Promise.all([readRules(own), readStatus(own), lookForLog()]);
    const pid = status ? status.pid : auditdPid;
    const auditd = pid === undefined ? undefined : processState(pid);
    return explainSymptoms({ status, auditd, hasExecRule: loaded && hasExecRule(loaded), log, isRefused });
  }

  const watch = createCanaryWatch({
    intervalMs: config.canary.intervalMs,
    clock,
    logger,
    tell,
    wasAlive: memory.remembered.aliveIn === path,
    diagnose,
    onAlive: () => memory.change({ aliveIn: path }),
    lostCounter: counters.counter('canary_lost_total'),
  });
  const records = createRecordClock(clock.monotonicMs);
  const canary = createCanary({
    own,
    clock,
    onReturn: watch.returned,
    onStatus: learn,
    onStart: started,
    sent: counters.counter('canary_sent_total'),
    isBehind: records.isBehind,
  });
  const silence = createSilence({
    monotonicMs: clock.monotonicMs,
    quietMs: config.canary.intervalMs,
    onDoubt: () => watch.status.state === 'alive' && watch.hurry(),
    onSilent(unreported, silentMs) {
      // A canary that is alive or lost says more than this.
      if (watch.status.state !== 'unknown') return;
      logger.error({ path, unreported, silentMs }, 'programs start, and the audit log has nothing of them');
      tell('log_silent', String(clock.nowMs()), {
        Unreported: String(unreported),
        SilentMs: String(Math.round(silentMs)),
      });
    },
  });
  const rules = createRulesWatch({ read: () => readRules(own), clock, logger, tell });
  const compareLog = createLogWatch();
  let lastId: AuditRecord['id'] | undefined;

  function lookAtFile(): void {
    const look = auditLog.enabled ? lookAtLog(path) : undefined;
    const cut = look && compareLog(look);
    if (!cut) return;
    const { what, text, bytesBefore, bytes } = cut;
    logger.error({ path, bytesBefore, bytes }, text);
    tell(what, String(clock.nowMs()), { Description: text, BytesBefore: String(bytesBefore), Bytes: String(bytes) });
    watch.hurry();
  }

  /** Killed, it leaves no record. */
  function lookAtAuditd(): void {
    const state = auditdPid === undefined ? undefined : processState(auditdPid);
    if (state === undefined || state === 'running') return;
    auditdPid = undefined;
    watch.hurry();
  }

  async function look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      lookAtFile();
      lookAtAuditd();
      if (rush.isDue()) watch.hurry();
      await clock.sleep(lookEveryMs, signal);
    }
  }

  return {
    record(record) {
      const { type, id } = record;
      if (!isHere(id.node)) return;
      // The records of an event share its id as an object.
      if (id !== lastId) {
        records.saw(id.timestampMs);
        rush.event();
      }
      lastId = id;
      if (type === 'EXECVE') silence.reported();
      else if (type === 'CONFIG_CHANGE') {
        // Rules that go or come, or auditing that is switched.
        watch.hurry();
        rules.changed();
      } else if (type.startsWith('DAEMON_')) watch.hurry();
    },
    unreported: silence.unreported,
    logCut: lookAtFile,
    async run(signal) {
      const sending = config.canary.enabled ? [watch.run(canary, signal), rules.run(signal)] : [];
      await Promise.all([look(signal), ...sending]);
      await memory.saved();
    },
    get canary() {
      return config.canary.enabled ? watch.status : noCanary;
    },
  };
}

/** @returns undefined where only root may ask, or auditctl is not there: the rules that it loaded are all the same */
async function readRules(own: OwnProcesses): ReturnType<typeof readAuditRules> {
  return (await readStatus(own)) && readAuditRules(own.run);
}

/** @returns undefined where only root may ask, or nobody can */
async function readStatus(own: OwnProcesses): Promise<AuditStatus | undefined> {
  try {
    return parseAuditStatus((await own.run('auditctl', ['-s'], { timeoutMs: auditctlTimeoutMs })).stdout);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
