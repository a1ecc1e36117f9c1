import { join } from 'node:path';
import type { Delivery } from './delivery/deliver.ts';
import type { Clock } from './host/clock.ts';
import type { Counters } from './host/counters.ts';
import type { Logger } from './host/logger.ts';
import { createRepeat } from './host/repeat.ts';
import type { Intake, IntakeOptions } from './intake.ts';
import type { Ledger } from './ledger/ledger.ts';
import { readLedgerState } from './ledger/state.ts';
import type { Config, LogConfig } from './model/config.ts';
import type { SourceStatus } from './model/status.ts';
import type { Pipeline } from './pipeline.ts';
import { createPositionSaver, noOpenEvents, type OpenEvents, type PositionSaver } from './position-saver.ts';
import { createAuditLog } from './sources/audit-log.ts';
import type { FollowedLog, LogReader } from './sources/followed-log.ts';
import { createTextLog, positionFileOf } from './sources/text-log.ts';

export interface FollowedLogsParts {
  readonly pipeline: Pipeline;
  readonly delivery: Delivery;
  readonly ledger: Ledger;
  /** For the intake of the audit log. */
  readonly auditIntake: Required<Pick<IntakeOptions, 'onRecord' | 'accept'>>;
  /** Told that the audit log was cut, and of how many bytes. */
  readonly onTruncated: Parameters<typeof createAuditLog>[0]['onTruncated'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
}

/** The logs that are followed and their saved positions. */
export interface FollowedLogs {
  /** Begins to read; each promise settles when its log is left. */
  start(signal: AbortSignal): readonly Promise<void>[];
  /** Notes how far each log has been handled: see PositionSaver. */
  note: PositionSaver['note'];
  /** Saves what was noted, as far as its alerts have settled; rejects never. */
  save(): Promise<void>;
  status(): readonly SourceStatus[];
  readonly auditLogState: FollowedLog['state'] | 'off';
}

const expireEveryMs = 100;

interface Followed {
  readonly source: FollowedLog;
  readonly saver: PositionSaver;
  run(signal: AbortSignal): Promise<void>;
  status(): SourceStatus;
}

export function createFollowedLogs({ stateDir, sources }: Config, parts: FollowedLogsParts): FollowedLogs {
  const { pipeline, delivery, ledger, auditIntake, onTruncated, clock, logger, counters } = parts;
  const auditLog = sources.auditLog.enabled ? createAudit(sources.auditLog) : undefined;
  const followed = [...(auditLog ? [auditLog] : []), ...sources.logs.map(createText)];

  function createAudit({ path, start }: Config['sources']['auditLog']): Followed {
    const checkpointPath = join(stateDir, 'audit-log.position.json');
    const source = createAuditLog({ path, start, checkpointPath, clock, logger, counters, onTruncated });
    const intake = pipeline.audit(auditIntake);
    const count = (name: string): number => counters.counter(name).value;
    return {
      source,
      saver: createPositionSaver(source, intake.assembler, delivery, logger, ledger),
      run: (signal) => source.run(createAuditReader(intake, signal), signal),
      status: () => ({
        name: 'audit_log',
        path,
        state: source.state,
        lines: count('audit_log_lines_total'),
        lagMs: source.isBehind ? Math.max(0, clock.nowMs() - (intake.newestMs ?? clock.nowMs())) : 0,
        torn: count('audit_log_torn_lines_total') + count('audit_torn_records_total'),
        lost: ledger.totals.lost,
      }),
    };
  }

  function createAuditReader(intake: Intake, signal: AbortSignal): LogReader {
    const expire = createRepeat(
      { isNeeded: () => intake.hasOpenEvents, act: intake.expire, everyMs: expireEveryMs },
      clock,
      signal,
    );
    return {
      onLine(line, position) {
        intake.line(line, position);
        expire();
      },
      onDone: (keys) => intake.assembler.assumeDone(keys, Number.POSITIVE_INFINITY),
      onLedger: restoreLedger,
    };
  }

  function createText({ path, start, ...content }: LogConfig): Followed {
    const checkpointPath = join(stateDir, positionFileOf(path));
    const source = createTextLog({ path, start, checkpointPath, clock, logger, counters });
    const take = pipeline.log(content);
    const open: OpenEvents = noOpenEvents;
    const count = (name: string): number => counters.counter(name, { path }).value;
    let lastReadMs = clock.nowMs();
    return {
      source,
      saver: createPositionSaver(source, open, delivery, logger),
      run: (signal) =>
        source.run(
          {
            onLine(text, position) {
              lastReadMs = clock.nowMs();
              take({ text, origin: source.originOf(position), readMs: lastReadMs });
            },
            onDone: () => undefined,
          },
          signal,
        ),
      status: () => ({
        name: 'log',
        path,
        state: source.state,
        lines: count('log_lines_total'),
        lagMs: source.isBehind ? clock.nowMs() - lastReadMs : 0,
        torn: count('log_torn_lines_total'),
        lost: count('log_gaps_total'),
      }),
    };
  }

  function restoreLedger(saved: unknown): void {
    try {
      ledger.restore(readLedgerState(saved));
    } catch (error) {
      logger.error({ error: String(error) }, 'what was counted before cannot be read; counting begins anew');
    }
  }

  return {
    start: (signal) => followed.map((log) => log.run(signal)),
    async note(judged) {
      await Promise.all(followed.map(({ saver }) => saver.note(judged)));
    },
    async save() {
      for (const { saver } of followed) await saver.save();
    },
    status: () => followed.map((log) => log.status()),
    get auditLogState() {
      return auditLog?.source.state ?? 'off';
    },
  };
}
