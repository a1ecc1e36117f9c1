import { safeJson } from '../text/safe-json.ts';

/** Alerts in the native format, a line each. */
export function nativeLines(alerts: readonly object[]): string {
  return alerts.map((alert) => `${safeJson(alert)}\n`).join('');
}
