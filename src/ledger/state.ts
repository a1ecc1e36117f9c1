import { z } from 'zod';
import type { LedgerState } from './ledger.ts';

const range = z.object({ from: z.number(), to: z.number() });
const count = z.int().nonnegative();

const form: z.ZodType<LedgerState> = z.object({
  seen: count,
  incomplete: count,
  kernelRecords: count,
  formerNodesLost: count,
  reported: z.object({ serialGaps: count, incomplete: count, kernel: count }),
  nodes: z.array(
    z.object({
      node: z.string().nullable(),
      highest: z.number().optional(),
      newestMs: z.number(),
      lost: count,
      missing: z.array(range),
    }),
  ),
});

/** @throws Error when it is not what `Ledger.snapshot` gave */
export function readLedgerState(saved: unknown): LedgerState {
  return form.parse(saved);
}
