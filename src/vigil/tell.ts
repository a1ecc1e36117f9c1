import type { EventFields } from '../model/sigma-event.ts';

/**
 * Makes an event of what was found, for rules with `product: sigmond, service: agent`.
 *
 * @param occurrence the same whenever the same occurrence is told
 */
export type Tell = (eventType: string, occurrence: string, fields: EventFields) => void;
