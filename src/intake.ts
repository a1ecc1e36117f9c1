import { type Assembler, assembleDefaults, createAssembler } from './events/assemble.ts';
import { createReorder } from './events/reorder.ts';
import type { Counters } from './host/counters.ts';
import type { AuditEvent, AuditRecord } from './model/audit.ts';
import { parseRecord } from './records/parse.ts';

/** What differs between sources of audit records. */
export interface IntakeOptions {
  /** Events to look ahead for the right order; 0, the default, for a live source, which has it. */
  readonly reorderWindow?: number;
  /** Sees each record before it is assembled. */
  readonly onRecord?: (record: AuditRecord) => void;
  /** Sees each event once it is complete, or will not become so; false keeps it from the rules. */
  readonly accept?: (event: AuditEvent) => boolean;
}

/** From the lines of one source of audit records to audit events. */
export interface Intake {
  /** A line and its position in its source. */
  line(text: string, position: number): void;
  /** Closes events that have waited too long for their next record. */
  expire(): void;
  /** Events wait for their next record. */
  readonly hasOpenEvents: boolean;
  /** Milliseconds since the epoch of the newest record, as it says itself. */
  readonly newestMs: number | undefined;
  /** Closes all events, at the end of a source. */
  flush(): void;
  /** Gives the rules an event that `accept` kept from them when it came. */
  give(event: AuditEvent): void;
  /** Open events, for the reader's position: see Assembler. */
  readonly assembler: Pick<Assembler, 'oldestPosition' | 'openEvents' | 'doneSince' | 'assumeDone'>;
}

/** @param emit takes the events of the source, each once */
export function createIntake(
  emit: (event: AuditEvent) => void,
  { counters, monotonicMs }: { readonly counters: Counters; readonly monotonicMs: () => number },
  { reorderWindow = 0, onRecord, accept }: IntakeOptions = {},
): Intake {
  const torn = counters.counter('audit_torn_records_total');
  const late = counters.counter('audit_late_records_total');
  const reorder = reorderWindow > 0 ? createReorder(emit, reorderWindow) : undefined;
  const take = reorder ? reorder.push : emit;
  const offer = accept ? (event: AuditEvent): void => (accept(event) ? take(event) : undefined) : take;
  const assembler = createAssembler(offer, assembleDefaults, late);
  let previous: AuditRecord | undefined;

  return {
    line(text, position) {
      const record = parseRecord(text, previous);
      if ('torn' in record) {
        torn.add();
        return;
      }
      previous = record;
      onRecord?.(record);
      assembler.push(record, position, monotonicMs());
    },
    expire: () => assembler.expire(monotonicMs()),
    flush() {
      assembler.flush();
      reorder?.flush();
    },
    give: take,
    assembler,
    get newestMs() {
      return previous?.id.timestampMs;
    },
    get hasOpenEvents() {
      return assembler.oldestPosition() !== undefined;
    },
  };
}
