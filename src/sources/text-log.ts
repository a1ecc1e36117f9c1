import { hash } from 'node:crypto';
import { basename } from 'node:path';
import type { Counters } from '../host/counters.ts';
import { createFollowedLog, type FollowedLog, type FollowedLogOptions } from './followed-log.ts';

type TextLogOptions = Omit<FollowedLogOptions, 'beginsLine' | 'counts'> & { readonly counters: Counters };

/** A log that syslog or a program of its own writes; one line is one event. */
export function createTextLog({ counters, ...options }: TextLogOptions): FollowedLog {
  const counter = (name: string) => counters.counter(name, { path: options.path });
  return createFollowedLog({
    ...options,
    beginsLine: (text) => beginsWithTime.test(text),
    counts: {
      lines: counter('log_lines_total'),
      torn: counter('log_torn_lines_total'),
      gaps: counter('log_gaps_total'),
    },
  });
}

/** The name of the file in the state folder for the log's position: told apart by the log's whole path. */
export function positionFileOf(path: string): string {
  return `log-${basename(path).slice(0, 100)}-${hash('sha256', path).slice(0, 8)}.position.json`;
}

/** `2026-11-24T03:…`, `Nov 24 03:…` or `Tue Nov 24 03:…`. */
const beginsWithTime = /^(?:\d{4}-\d\d-\d\d[T ]\d\d:|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d:)/;
