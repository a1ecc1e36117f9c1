import { auditRecordTypes } from './audit-records.ts';
import type { Condition, Detection, DetectionItem, Rule } from './rule.ts';
import { pathFields, type Stream } from './streams.ts';
import { feedsIn } from './taxonomy.ts';
import type { Value } from './value.ts';
import { canBeBelow, canBeProgram, holdsFor } from './value-reach.ts';

/** What can become of a part of a rule for the events of a stream. */
interface Possibility {
  readonly holds: boolean;
  readonly fails: boolean;
}

/** A node of a rule that holds where any of its parts does, and an item that holds where any of its values does. */
export type Alternatives = Condition | Detection;

/** For some nodes the one part that is looked at, by its index. */
export type Choices = ReadonlyMap<Alternatives, number>;

/** Why an item cannot hold (or, under a `not`, fail): its field is never there, its values never are, or there is no text. */
export interface Blocker {
  readonly item: DetectionItem;
  readonly why: 'field' | 'value' | 'message';
  readonly values: readonly Value[];
}

/**
 * Whether a rule can match any event of the stream. Items count as independent of each other, so the answer may only be
 * too good: what cannot match according to this never does.
 */
export function canMatch(rule: Rule, stream: Stream, choices: Choices): boolean {
  return judge(rule, stream, choices).condition(rule.condition).holds;
}

/** The items that keep a rule from matching the stream's events; empty where none does. */
export function blockersOf(rule: Rule, stream: Stream, choices: Choices): readonly Blocker[] {
  return judge(rule, stream, choices).blockers(rule.condition);
}

function judge({ selections }: Rule, stream: Stream, choices: Choices) {
  const chosen = <Part>(node: Alternatives, parts: readonly Part[]): readonly Part[] => {
    const index = choices.get(node);
    const part = index === undefined ? undefined : parts[index];
    return part === undefined ? parts : [part];
  };

  function condition(node: Condition): Possibility {
    switch (node.kind) {
      case 'and':
        return every(node.of.map(condition));
      case 'or':
        return some(chosen(node, node.of).map(condition));
      case 'not':
        return opposite(condition(node.of));
      case 'selection':
        return named(node.name);
      case 'quantifier':
        return node.count === 'all' ? every(node.names.map(named)) : some(chosen(node, node.names).map(named));
    }
  }

  function named(name: string): Possibility {
    const selection = selections.get(name);
    return selection ? detection(selection) : never;
  }

  function detection(node: Detection): Possibility {
    switch (node.kind) {
      case 'all':
        return every(node.of.map(detection));
      case 'any':
        return some(chosen(node, node.of).map(detection));
      case 'item':
        return item(node);
    }
  }

  function item(node: DetectionItem): Possibility {
    const values = chosen(node, node.values).map(({ value }) => valueIn(stream, node.field, value));
    const together = node.every ? every(values) : some(values);
    return node.negated ? opposite(together) : together;
  }

  /** Items of all parts that do not hold; of alternatives the ones with the fewest. */
  function blockers(node: Condition | Detection): readonly Blocker[] {
    switch (node.kind) {
      case 'selection': {
        const selection = selections.get(node.name);
        return selection ? blockers(selection) : [];
      }
      case 'quantifier': {
        const parts = node.names.flatMap((name) => selections.get(name) ?? []).map(blockers);
        return node.count === 'all' ? parts.flat() : fewest(chosen(node, parts));
      }
      case 'and':
      case 'all':
        return node.of.flatMap(blockers);
      case 'or':
        return fewest(chosen(node, node.of).map(blockers));
      case 'any':
        return fewest(chosen(node, node.of).map(blockers));
      case 'not':
        // What always holds below a `not` is rare, and its place says enough.
        return [];
      case 'item':
        return item(node).holds ? [] : [blockerOf(node)];
    }
  }

  function blockerOf(node: DetectionItem): Blocker {
    const values = chosen(node, node.values).map(({ value }) => value);
    const { field } = node;
    if (field === undefined) return { item: node, why: 'message', values };
    const failing = values.filter((value) => !valueIn(stream, field, value).holds);
    return { item: node, why: isThere(stream, field) ? 'value' : 'field', values: failing };
  }

  return { condition, blockers };
}

function fewest(alternatives: readonly (readonly Blocker[])[]): readonly Blocker[] {
  return alternatives.reduce((best, next) => (next.length < best.length ? next : best), alternatives[0] ?? []);
}

const never: Possibility = { holds: false, fails: true };
const either: Possibility = { holds: true, fails: true };

function every(parts: readonly Possibility[]): Possibility {
  return { holds: parts.every(({ holds }) => holds), fails: parts.some(({ fails }) => fails) };
}

function some(parts: readonly Possibility[]): Possibility {
  return { holds: parts.some(({ holds }) => holds), fails: parts.every(({ fails }) => fails) };
}

function opposite({ holds, fails }: Possibility): Possibility {
  return { holds: fails, fails: holds };
}

function valueIn(stream: Stream, field: string | undefined, value: Value): Possibility {
  if (field === undefined) return stream.kind.hasMessage ? either : never;
  const isCertain = field === 'type' && stream.recordType !== undefined;
  const there = isThere(stream, field);
  switch (value.kind) {
    case 'null':
      return { holds: !isCertain, fails: there };
    case 'exists':
      return value.present ? { holds: there, fails: !isCertain } : { holds: !isCertain, fails: there };
    case 'fieldref':
      return { holds: there && isThere(stream, value.field), fails: true };
    default: {
      const holds = there && canHold(stream, field, value);
      return { holds, fails: !(isCertain && holds) };
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
const onlyOfCalls: ReadonlySet<string> = new Set(
  'argc arch ARCH syscall SYSCALL exit items item nametype proctitle cwd saddr SADDR success'.split(' '),
);

/** Whether a field that is there can have this value, for the fields of which the possible values are known. */
function canHold(stream: Stream, field: string, value: Value): boolean {
  const words = wordsOf(stream, field);
  if (words && ![...words].some((word) => holdsFor(value, word))) return false;
  if (field !== pathField(stream)) return true;
  if (stream.paths) return stream.paths.some((path) => canBeBelow(value, path));
  return !stream.ofExec || stream.recordType === undefined || canBeProgram(value);
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
