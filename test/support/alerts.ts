import type { Alert } from '../../src/model/alert.ts';
import type { EventFields } from '../../src/model/sigma-event.ts';

/** An alert as the pipeline would raise it; `n` makes its id, so that order and repeats can be seen. */
export function sampleAlert(n: number, fields: EventFields = {}): Alert {
  const timestamp = new Date(1_795_489_893_399 + n).toISOString();
  return {
    id: n.toString(16).padStart(32, '0'),
    timestamp,
    severity: 'high',
    count: 1,
    rule: {
      id: '5b1c9d2e-0000-4000-8000-000000000001',
      title: 'Interactive shell from a web server',
      level: 'high',
      tags: ['attack.execution', 'attack.t1059.004'],
      status: 'test',
      references: ['https://example.org/why'],
    },
    event: {
      id: `1795489893.399:${n}`,
      timestamp,
      logsource: { product: 'linux', category: 'process_creation' },
      fields: { Image: '/usr/bin/bash', CommandLine: 'bash -i', User: 'www-data', Tty: 'pts/3', ...fields },
      argv: ['bash', '-i'],
    },
    match: {
      extended: false,
      selections: { selection: [{ field: 'Image', value: '/bash', operator: 'endswith' }] },
    },
    ancestry: [
      { pid: 4021, image: '/usr/bin/python3.11', commandLine: 'python3 app.py', user: 'www-data' },
      { pid: 1, image: '/usr/lib/systemd/systemd' },
    ],
    host: { name: 'web-1.example.org', id: '0123456789abcdef0123456789abcdef' },
    agent: { version: '0.1.0', ruleset: 'sha256:00' },
  };
}

/** `from` up to and without `to`. */
export function sampleAlerts(from: number, to: number): readonly Alert[] {
  return Array.from({ length: to - from }, (_, n) => sampleAlert(from + n));
}

/** An alert that a correlation raised. */
export function correlationAlert(): Alert {
  const events = [1, 2].map((n) => ({
    id: `1795489893.399:${n}`,
    timestamp: '2026-11-24T03:11:33.399Z',
    rule: `r${n}`,
  }));
  return {
    ...sampleAlert(2),
    match: { extended: false, selections: {} },
    correlation: {
      type: 'temporal',
      groupBy: { User: 'www-data' },
      timespanMs: 300_000,
      value: 2,
      eventCount: 2,
      events,
    },
  };
}
