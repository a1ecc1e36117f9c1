import { z } from 'zod';
import type { LedgerState } from './ledger.ts';

const range = z.object({ from: z.number(), to: z.number() });
const count = z.int().nonnegative();
const nearby = z.object({ records: count, events: count });
const sighting = z.object({ serial: z.number(), timestampMs: z.number() });

const form: z.ZodType<LedgerState> = z.object({
  seen: count,
  incomplete: count,
  kernel: z.object({ records: count, explained: count, open: nearby, missing: nearby }),
  formerNodesLost: count,
  reported: z.object({ serialGaps: count, incomplete: count, kernel: count }),
  nodes: z.array(
    z.object({
      node: z.string().nullable(),
      highest: z.number().optional(),
      newestMs: z.number(),
      candidate: sighting.optional(),
      lost: count,
      missing: z.array(range),
    }),
  ),
});

/** @throws Error when it is not what `Ledger.snapshot` gave */
export function readLedgerState(saved: unknown): LedgerState {
  return form.parse(saved);
}
