import { ruleQuarantined } from './events/agent-event.ts';
import { createKnownFolders } from './events/known-folders.ts';
import { createLogNormaliser, type LogContent, type LogLine } from './events/log-line.ts';
import { normalise } from './events/normalise.ts';
import { auditd } from './events/record-event.ts';
import type { Counters } from './host/counters.ts';
import type { Users } from './host/users.ts';
import { createIntake, type Intake, type IntakeOptions } from './intake.ts';
import type { Alert } from './model/alert.ts';
import type { AuditEvent } from './model/audit.ts';
import type { Ancestor } from './model/process.ts';
import type { Match, Quarantined } from './model/rule.ts';
import type { Logsource, SigmaEvent } from './model/sigma-event.ts';
import type { Enricher } from './process/enrich.ts';
import type { RuleSet } from './rule-set.ts';

export interface PipelineParts {
  /** The rules in force; a reload gives others. */
  readonly rules: () => RuleSet;
  readonly enricher: Enricher;
  readonly users: Users;
  readonly raise: (match: Match, event: SigmaEvent, ancestry: readonly Ancestor[]) => Alert;
  readonly deliver: (alert: Alert) => void;
  /**
   * Whether the agent itself did this. Its files and connections are no events: an alert for the connection that sends
   * an alert would be sent in its turn.
   */
  readonly isOwn?: (event: SigmaEvent) => boolean;
  /**
   * Whether this is the exec of a process that the agent has started for its own use. It is known to the process table, and
   * no event for rules, nor are its audit records.
   */
  readonly takeOwnExec?: (event: SigmaEvent) => boolean;
  /** Sees each event before the rules do. */
  readonly onEvent?: (event: SigmaEvent) => void;
  /** Sees each rule that was taken out of force, beside the rules themselves. */
  readonly onQuarantine?: (quarantined: Quarantined) => void;
  readonly counters: Counters;
  readonly monotonicMs: () => number;
}

export interface Pipeline {
  /** Makes what takes the lines of one source of audit records. */
  audit(options?: IntakeOptions): Intake;
  /** Makes the function that takes the lines of a text log. */
  log(content: LogContent): (line: LogLine) => void;
  /** An event that did not come from the audit system. */
  event(event: SigmaEvent): void;
  /** Resolves once none of the events that have come by now waits for the hash of its image any more: in seconds. */
  settled(): Promise<void>;
  /** The audit system has reported an exec. */
  readonly auditReports: boolean;
}

/** The data flow, synchronous from a line to its alerts: parse, assemble, normalise, enrich, evaluate, raise, deliver. */
export function createPipeline(parts: PipelineParts): Pipeline {
  const { rules, enricher, users, raise, deliver, isOwn, takeOwnExec, onEvent, onQuarantine } = parts;
  const { counters, monotonicMs } = parts;
  const seen = counters.counter('events_total');
  const late = counters.counter('image_hashes_late_total');
  const raised = counters.counter('alerts_raised_total');
  const context = {
    users,
    folders: createKnownFolders(),
    wants: (logsource: Logsource) => onEvent !== undefined || rules().wants(logsource),
    isSilent,
    incomplete: counters.counter('exec_events_incomplete_total'),
    failedExecs: counters.counter('exec_failed_total'),
    unnamed: counters.counter('file_events_unnamed_total'),
  };
  let auditReports = false;
  /** Events whose image is being read. */
  const waiting = new Set<Promise<void>>();

  function assembled(auditEvent: AuditEvent): void {
    for (const event of normalise(auditEvent, context)) {
      if (isAction(event) && isOwn?.(event)) continue;
      const described = withProcess(event);
      // An exec comes before its records.
      if (isExec(event) && takeOwnExec?.(event)) return;
      judge(described);
    }
  }

  /** An audit record that no rule would say anything of. */
  function isSilent(type: string, likeness: string): boolean {
    const silent = onEvent === undefined && rules().isSilent(auditd, type, likeness);
    if (silent) seen.add();
    return silent;
  }

  function withProcess(event: SigmaEvent): SigmaEvent {
    if (isAction(event)) return enricher.describe(event);
    if (!isExec(event)) return event;
    auditReports = true;
    return enricher.enrich(event);
  }

  /** Rules that read the hash of the image wait until the file has been read; the others do not. */
  function judge(event: SigmaEvent): void {
    const set = rules();
    const hash = isExec(event) && set.reads('Hashes', event.logsource) ? enricher.hashOf(event) : undefined;
    if (!(hash instanceof Promise)) {
      evaluate(withHash(event, hash));
      return;
    }
    if (waiting.size >= maxWaiting) {
      late.add();
      evaluate(event);
      return;
    }
    take(event, set.evaluate(tell(event), { field: 'Hashes', reading: false }));
    const judged = hash.then((found) => {
      const hashed = withHash(event, found);
      take(hashed, set.evaluate(hashed, { field: 'Hashes', reading: true }));
      waiting.delete(judged);
    });
    waiting.add(judged);
  }

  function evaluate(event: SigmaEvent): void {
    take(event, matchesOf(event));
  }

  function take(event: SigmaEvent, matches: readonly Match[]): void {
    for (const match of matches) alert(match, event);
    tellQuarantined(event);
  }

  /** Views of one thing under several logsources: a rule that holds for more than one of them fires once. */
  function evaluateViews(views: readonly SigmaEvent[]): void {
    const fired = new Set<string>();
    for (const event of views) {
      for (const match of matchesOf(event)) {
        if (!fired.has(match.rule.id)) alert(match, event);
        fired.add(match.rule.id);
      }
      tellQuarantined(event);
    }
  }

  /** Rules that were taken out of force for what this event cost them are events themselves. */
  function tellQuarantined(cause: SigmaEvent): void {
    for (const quarantined of rules().takeQuarantined()) {
      onQuarantine?.(quarantined);
      evaluate(ruleQuarantined(quarantined, cause));
    }
  }

  function matchesOf(event: SigmaEvent): readonly Match[] {
    return rules().evaluate(tell(event));
  }

  function tell(event: SigmaEvent): SigmaEvent {
    seen.add();
    onEvent?.(event);
    return event;
  }

  function alert(match: Match, event: SigmaEvent): void {
    raised.add();
    deliver(raise(match, withKnownHash(event), enricher.ancestry(event)));
  }

  /** An alert does not wait for what it does not rest on: the next one of this image has it. */
  function withKnownHash(event: SigmaEvent): SigmaEvent {
    if (!isExec(event) || Object.hasOwn(event.fields, 'Hashes')) return event;
    const hash = enricher.hashOf(event);
    return typeof hash === 'string' ? withHash(event, hash) : event;
  }

  return {
    audit: (options) => createIntake(assembled, { counters, monotonicMs }, options),
    log(content) {
      const normaliseLine = createLogNormaliser(content);
      return (line) => evaluateViews(normaliseLine(line));
    },
    event(event) {
      if (!(isExec(event) && takeOwnExec?.(event))) judge(event);
    },
    async settled() {
      await Promise.all(waiting);
    },
    get auditReports() {
      return auditReports;
    },
  };
}

const maxWaiting = 4096;

/** As Sysmon writes it. */
function withHash(event: SigmaEvent, sha256: string | undefined): SigmaEvent {
  if (sha256 === undefined) return event;
  return { ...event, fields: { ...event.fields, Hashes: `SHA256=${sha256.toUpperCase()}` } };
}

/** Something that a running process did, not its start and not a mere record. */
function isAction({ logsource: { category } }: SigmaEvent): boolean {
  return category === 'file_event' || category === 'network_connection';
}

function isExec({ logsource: { category } }: SigmaEvent): boolean {
  return category === 'process_creation';
}
