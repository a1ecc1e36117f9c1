import type { SigmaEvent } from '../model/sigma-event.ts';

/** What rules need of an event that was written somewhere else. */
export interface JsonEvent extends Pick<SigmaEvent, 'logsource' | 'fields' | 'message'> {
  /** As it is written, whatever that is. */
  readonly timestamp: unknown;
}

/**
 * Reads one line; gives what is wrong with it instead when it is no event. Without a logsource every rule applies;
 * without fields there may still be a message, for keyword rules.
 */
export function readJsonEvent(line: string): JsonEvent | string {
  const parsed = parse(line);
  return isObject(parsed) ? toEvent(parsed) : 'no JSON object';
}

/** The same of an event, or of an alert, which holds its event. */
export function readJsonEventOrAlert(text: string): JsonEvent | string {
  const parsed = parse(text);
  if (!isObject(parsed)) return 'no JSON object';
  const { event, rule } = parsed as Readonly<Record<string, unknown>>;
  return toEvent(isObject(event) && isObject(rule) ? event : parsed);
}

function toEvent(parsed: object): JsonEvent | string {
  const { fields = {}, message, ...rest } = parsed as Readonly<Record<string, unknown>>;
  const logsource = rest['logsource'] ?? {};
  if (!isObject(fields)) return "'fields' is not an object";
  if (!isLogsource(logsource)) return "'logsource' is not an object of texts";
  const event = { logsource, fields: fields as SigmaEvent['fields'], timestamp: rest['timestamp'] };
  if (message === undefined || message === null) return event;
  return typeof message === 'string' ? { ...event, message } : "'message' is not text";
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLogsource(value: unknown): value is SigmaEvent['logsource'] {
  if (!isObject(value)) return false;
  const { product, category, service } = value as Readonly<Record<string, unknown>>;
  return isTextOrAbsent(product) && isTextOrAbsent(category) && isTextOrAbsent(service);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
