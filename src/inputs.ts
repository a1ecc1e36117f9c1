import { join } from 'node:path';
import type { Delivery } from './delivery/deliver.ts';
import { execOutcome } from './events/exec-outcome.ts';
import { createFollowedLogs, type FollowedLogs } from './followed-logs.ts';
import type { Clock } from './host/clock.ts';
import type { Counters } from './host/counters.ts';
import type { Logger } from './host/logger.ts';
import type { Ledger } from './ledger/ledger.ts';
import { createLedgerFile } from './ledger-file.ts';
import { createLiveAudit, type LiveAudit } from './live-audit.ts';
import type { AuditEvent, AuditRecord } from './model/audit.ts';
import type { Config } from './model/config.ts';
import type { SourceStatus } from './model/status.ts';
import type { Pipeline } from './pipeline.ts';
import type { PositionSaver } from './position-saver.ts';
import type { Vigil } from './vigil.ts';

export interface InputParts {
  readonly pipeline: Pipeline;
  readonly ledger: Ledger;
  readonly vigil: Pick<Vigil, 'record' | 'logCut'> | undefined;
  readonly delivery: Delivery;
  readonly stdin: NodeJS.ReadableStream;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
}

/** All that is read: logs, auditd's socket, standard input. */
export interface Inputs extends Pick<LiveAudit, 'inputEnded' | 'inputDone'>, Pick<FollowedLogs, 'auditLogState'> {
  /** Takes over what was counted before; rejects never. */
  restore(): Promise<void>;
  /** Begins to read; each promise settles when its input is left. */
  start(signal: AbortSignal): readonly Promise<void>[];
  /** Notes how far all has been handled: see PositionSaver. */
  note: PositionSaver['note'];
  /** Saves what was noted, as far as its alerts have settled; rejects never. */
  save(): Promise<void>;
  status(): readonly SourceStatus[];
}

/** Joins the sources of audit records, so that each event goes to the rules once and each exec is counted once. */
export function createInputs(config: Config, parts: InputParts): Inputs {
  const { pipeline, ledger, vigil, delivery, stdin, clock, logger, counters } = parts;
  const followsLog = config.sources.auditLog.enabled;

  function onRecord(record: AuditRecord): void {
    ledger.record(record);
    vigil?.record(record);
  }

  function count(event: AuditEvent): void {
    const outcome = execOutcome(event);
    if (outcome) ledger.exec(outcome);
  }

  function countUnfinished(): number {
    return new Set(live.unfinished().flatMap((event) => (execOutcome(event) ? event.key : []))).size;
  }

  // What the log has is counted there, with its position; without it, what stands in its place.
  const counting = followsLog ? {} : { onRecord, count };
  const live = createLiveAudit(config.sources, pipeline, { clock, logger, counters, stdin, ...counting });
  const logs = createFollowedLogs(config, {
    pipeline,
    delivery,
    ledger,
    auditIntake: {
      onRecord,
      accept(event) {
        count(event);
        return live.acceptFromLog?.(event) ?? true;
      },
    },
    onTruncated: vigil?.logCut,
    clock,
    logger,
    counters,
  });
  const ledgerFile = followsLog
    ? undefined
    : createLedgerFile(join(config.stateDir, 'ledger.json'), ledger, countUnfinished, delivery, logger);

  return {
    restore: async () => ledgerFile?.restore(),
    start: (signal) => [...logs.start(signal), ...live.start(signal)],
    async note(judged) {
      await Promise.all([logs.note(judged), ledgerFile?.note(judged)]);
    },
    async save() {
      await logs.save();
      await ledgerFile?.save();
    },
    status: () => [...logs.status(), ...live.status()],
    get auditLogState() {
      return logs.auditLogState;
    },
    inputEnded: live.inputEnded,
    inputDone: live.inputDone,
  };
}
