import { auditRecordTypes } from '../sigma/audit-records.ts';
import { feedsIn } from '../sigma/taxonomy.ts';
import type { Value } from '../sigma/value.ts';
import { pathFields, type Stream } from './streams.ts';
import { canBeBelow, canBeProgram, holdsFor } from './value-reach.ts';

/**
 * Whether a value can hold, or where `wanted` is false fail, for a field of the stream's events; without a field, for their
 * text.
 */
export function valueCan(stream: Stream, field: string | undefined, value: Value, wanted: boolean): boolean {
  if (field === undefined) return !wanted || stream.kind.hasMessage;
  // The one field that is always there.
  const isCertain = field === 'type' && stream.recordType !== undefined;
  switch (value.kind) {
    case 'null':
      return wanted ? !isCertain : isThere(stream, field);
    case 'exists':
      return value.present === wanted ? isThere(stream, field) : !isCertain;
    case 'fieldref':
      return !wanted || (isThere(stream, field) && isThere(stream, value.field));
    default: {
      if (!wanted && !isCertain) return true;
      return wanted === (isThere(stream, field) && canHold(stream, field, value));
    }
  }
}

/** Whether events of the stream can have the field at all. */
export function isThere(stream: Stream, field: string): boolean {
  const { kind, recordType, feed, without } = stream;
  if (!feedsIn(kind, field).includes(feed) || without.has(field)) return false;
  if (recordType === undefined) return true;
  if (recordType === 'EXECVE' && /^a\d+$/.test(field)) return true;
  const fields = auditRecordTypes.get(recordType)?.fields;
  return fields ? fields.has(field) : !onlyOfCalls.has(field) && !/^a\d+(?:_len)?$/.test(field);
}

/** What no record of the kernel's or a program's own accord has. */
const onlyOfCalls: ReadonlySet<string> = new Set('argc exit items item nametype proctitle success'.split(' '));

/** Whether a field that is there can have this value, for the fields of which the possible values are known. */
function canHold(stream: Stream, field: string, value: Value): boolean {
  const words = wordsOf(stream, field);
  if (words && !holdsForAny(value, words)) return false;
  if (field !== pathField(stream)) return true;
  if (stream.paths) return stream.paths.some((path) => canBeBelow(value, path));
  return !stream.ofExec || stream.recordType === undefined || canBeProgram(value);
}

function holdsForAny(value: Value, words: Iterable<string>): boolean {
  for (const word of words) if (holdsFor(value, word)) return true;
  return false;
}

/** All values that the field can have in the stream; undefined where they are without number. */
function wordsOf(stream: Stream, field: string): Iterable<string> | undefined {
  const { recordType, calls, keys, ofExec, feed, limits, direction } = stream;
  if (field === 'EventSource') return [feed];
  if (direction && field === 'Initiated') return [direction === 'out' ? 'true' : 'false'];
  if (recordType === undefined) return undefined;
  if (field === 'type') return [recordType];
  if (field === 'key') return keys;
  if (field === 'SYSCALL' && recordType === 'SYSCALL') return calls;
  const limit = recordType === 'SYSCALL' ? limits.find((one) => one.field === field) : undefined;
  if (limit?.value !== undefined) return [limit.value];
  if (field === 'nametype') return ofExec ? ['NORMAL'] : nameTypes;
  return undefined;
}

/** @see include/linux/audit.h audit_nametype */
export const nameTypes = ['NORMAL', 'CREATE', 'DELETE', 'PARENT', 'UNKNOWN'] as const;

/** The field that names the file which an audit rule with a path watches. */
export function pathField({ kind, recordType }: Stream): string | undefined {
  return pathFields[recordType ?? kind.name];
}
