/**
 * Makes an event of what was found, for rules with `product: sigmond, service: agent`.
 *
 * @param occurrence the same whenever the same occurrence is told
 */
export type Tell = (eventType: string, occurrence: string, fields: Readonly<Record<string, string>>) => void;
