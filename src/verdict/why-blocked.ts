import type { Reason } from '../model/verdict.ts';
import { auditRecordTypes } from '../sigma/audit-records.ts';
import type { Rule } from '../sigma/rule.ts';
import { fieldsFromProc } from '../sigma/taxonomy.ts';
import { didYouMean } from '../text/nearest.ts';
import { type Blocker, blockersOf, type Choices, canMatch } from './possible.ts';
import { type Facts, type ListingReason, whyAbsent, whyCutOff } from './reasons.ts';
import { nameTypes, pathField } from './stream-values.ts';
import type { Stream } from './streams.ts';
import { holdsFor } from './value-reach.ts';

interface Streams {
  readonly ideal: readonly Stream[];
  readonly real: readonly Stream[];
}

/** Why no event of the real streams can match, for what is chosen of the rule. */
export function whyBlocked(
  rule: Rule,
  choices: Choices,
  { ideal, real }: Streams,
  facts: Facts,
): readonly (Reason | ListingReason)[] {
  const possible = ideal.filter((stream) => canMatch(rule, stream, choices));
  if (possible.length === 0) return whyNowhere(rule, choices, ideal, facts);
  // Rules without a service are written for text logs.
  const logs = possible.filter(({ kind }) => kind.name === 'log');
  const meant = logs.length > 0 ? logs : possible;
  const whys = meant.map((stream): readonly (Reason | ListingReason)[] => {
    const alike = real.filter((other) => isAlike(other, stream));
    if (alike.length === 0) return whyNone(rule, choices, stream, facts);
    const blockers = fewest(alike.map((other) => blockersOf(rule, other, choices)));
    return blockers.map((blocker) => whyNotHere(blocker, stream, facts));
  });
  // Of a program's start both ways that it could be seen have to be missing.
  const byFeed = new Map(meant.map(({ kind, feed }, index) => [`${kind.name} ${feed}`, whys[index] ?? []]));
  const [audit, proc] = [byFeed.get('process_creation audit'), byFeed.get('process_creation proc')];
  return audit && proc ? [...audit, ...proc] : fewest(whys);
}

/** Of system calls and files it is said which ones would have to be recorded. */
function whyNone(rule: Rule, choices: Choices, stream: Stream, facts: Facts): readonly (Reason | ListingReason)[] {
  const { recordType } = stream;
  if ((recordType === 'SYSCALL' || recordType === 'PATH') && !whyCutOff(stream, facts)) {
    const nothing: Stream = { ...stream, calls: new Set(), keys: [], paths: [] };
    const blockers = blockersOf(rule, nothing, choices);
    if (blockers.length > 0) return blockers.map((blocker) => whyNotHere(blocker, stream, facts));
  }
  return [whyAbsent(stream, facts)];
}

function isAlike(one: Stream, other: Stream): boolean {
  return (['kind', 'recordType', 'feed', 'direction'] as const).every((key) => one[key] === other[key]);
}

function fewest<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
  return lists.reduce((best, next) => (next.length < best.length ? next : best), lists[0] ?? []);
}

/** Why no host at all has such an event. */
function whyNowhere(
  rule: Rule,
  choices: Choices,
  ideal: readonly Stream[],
  facts: Facts,
): readonly (Reason | ListingReason)[] {
  const tried = ideal.map((stream) => ({ stream, blockers: blockersOf(rule, stream, choices) }));
  // A record type that is meant to be says most, so that one is looked at whose type fits, if any does.
  const price = ({ blockers }: (typeof tried)[number]) =>
    blockers.length + (blockers.some(({ item }) => item.field === 'type') ? 1000 : 0);
  const best = tried.reduce<(typeof tried)[number] | undefined>(
    (found, next) => (found === undefined || price(next) < price(found) ? next : found),
    undefined,
  );
  const reasons = best?.blockers.map((blocker) => whyNever(blocker, best.stream, facts)) ?? [];
  return reasons.length > 0 ? reasons : [{ kind: 'value', text: 'its condition can never hold' }];
}

function whyNever({ item, why, values }: Blocker, stream: Stream, { telemetry }: Facts): Reason | ListingReason {
  const { field } = item;
  const { kind, recordType } = stream;
  const events = recordType === undefined ? `${kind.name} event here` : `${recordType} record`;
  if (field === undefined || why === 'message') {
    return { kind: 'field', text: `${kind.name} events have no text that keywords could be searched in` };
  }
  const [first] = values;
  const missing = why === 'field' ? field : first?.kind === 'fieldref' ? first.field : undefined;
  if (missing !== undefined) return { kind: 'field', field: missing, text: `no ${events} has the field ${missing}` };
  const written = writtenOf(item, values);
  if (field === 'type') {
    return {
      kind: 'value',
      field,
      values: written,
      text: `audit has no record type ${quoted(written, auditRecordTypes.keys())}`,
    };
  }
  if (field === 'SYSCALL') {
    const calls = telemetry.systemCalls ?? [];
    return { kind: 'value', field, values: written, text: `this machine has no system call ${quoted(written, calls)}` };
  }
  const known = field === 'nametype' ? nameTypes : [];
  return { kind: 'value', field, values: written, text: `${field} is never ${quoted(written, known)}` };
}

function quoted(written: readonly string[], known: Iterable<string>): string {
  const [first = ''] = written;
  return `'${first}'${didYouMean(first, known)}`;
}

/** Why this host has no such value, though one could. */
function whyNotHere(
  { item, why, values }: Blocker,
  stream: Stream,
  { telemetry, recordings }: Facts,
): Reason | ListingReason {
  const { field } = item;
  if (field === undefined) return { kind: 'field', text: `no ${stream.kind.name} event has a text here` };
  if (why === 'field') {
    if (!telemetry.scansProc && stream.kind.name === 'process_creation' && fieldsFromProc.has(field)) {
      return { kind: 'proc-scan', field, text: `sources.proc_scan is switched off, and only /proc tells ${field}` };
    }
    const record = field === 'CurrentDirectory' ? 'CWD' : 'EXECVE';
    if (recordings?.excluded.has(record)) {
      return { kind: 'audit-rule', field, text: `an audit rule leaves out ${record} records, which tell ${field}` };
    }
    return { kind: 'field', field, text: `no ${stream.recordType ?? stream.kind.name} event has the field ${field}` };
  }
  const written = writtenOf(item, values);
  if (field === 'key') return { kind: 'key', field, before: 'no loaded audit rule has the key ', values: written };
  if (field === 'SYSCALL') {
    // Names that this machine does not have need no rule.
    const calls = [...(telemetry.systemCalls ?? [])].filter((call) => values.some((value) => holdsFor(value, call)));
    const names = calls.length > 0 && calls.length <= 8 ? calls : written;
    return {
      kind: 'audit-rule',
      field,
      before: 'no loaded audit rule records ',
      values: names,
      remedyFor: (all) => `-a always,exit -F arch=b64 -S ${all.join(',')} -F key=sigmond`,
    };
  }
  if (field === 'nametype') {
    return { kind: 'audit-rule', field, before: 'no loaded audit rule records files as ', values: written };
  }
  if (field === pathField(stream)) {
    return {
      kind: 'audit-rule',
      field,
      before: 'no loaded audit rule watches ',
      values: written,
      remedyFor: watchFor,
    };
  }
  if (stream.recordType === 'SYSCALL') {
    return { kind: 'audit-rule', field, before: `no loaded audit rule records ${field} `, values: written };
  }
  return { kind: 'value', field, before: `no ${stream.kind.name} event here has ${field} `, values: written };
}

/** A watch has a whole path, and one line says one. */
function watchFor(paths: readonly string[]): string | undefined {
  const whole = paths.find((path) => /^\/[^*?\\]+$/.test(path));
  return whole === undefined ? undefined : `-w ${whole} -p wa -k sigmond`;
}

/** Values as the rule has them, with the wildcards that their modifier means. */
function writtenOf({ values }: Blocker['item'], wanted: Blocker['values']): readonly string[] {
  return values.flatMap(({ value, written, operator }) => {
    if (!wanted.includes(value)) return [];
    const start = operator === 'contains' || operator === 'ends_with' ? '*' : '';
    const end = operator === 'contains' || operator === 'starts_with' ? '*' : '';
    return [`${start}${written}${end}`];
  });
}
