import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import type { Condition, Detection, DetectionItem, Rule } from '../../src/sigma/rule.ts';
import type { Value } from '../../src/sigma/value.ts';
import { createRandom, type Random } from '../support/random.ts';

/** What the engine reads of an event. */
export type BenchEvent = Pick<SigmaEvent, 'logsource' | 'fields'>;

/**
 * Events as attacks leave them: each has the texts that one rule looks for, among ordinary ones. Most match their rule; where
 * texts exclude one another an event comes near to it, which costs as much.
 */
export function attackEvents(rules: readonly Rule[], count: number): readonly BenchEvent[] {
  const random = createRandom(7);
  return Array.from({ length: count }, (_, index) => {
    const rule = rules[index % rules.length];
    return rule ? attackOn(rule, index, random) : { logsource: {}, fields: {} };
  });
}

function attackOn(rule: Rule, index: number, random: Random): BenchEvent {
  const texts = new Map<string, FieldText>();
  for (const name of neededNames(rule.condition, random)) {
    const detection = rule.selections.get(name);
    if (detection) write(detection, texts, random);
  }
  const fields: Record<string, string> = {
    Image: '/usr/bin/bash',
    CommandLine: `bash -c true ${index}`,
    ParentImage: '/usr/bin/sudo',
    CurrentDirectory: `/home/user${index % 50}`,
    User: 'user',
    LogonId: '1000',
    ProcessId: String(1000 + index),
  };
  for (const [field, { start, middle, end }] of texts) fields[field] = [start, ...middle, end].join(' ').trim();
  return { logsource: { product: 'linux', category: 'process_creation' }, fields };
}

interface FieldText {
  start: string;
  middle: string[];
  end: string;
}

function neededNames(node: Condition, random: Random): readonly string[] {
  switch (node.kind) {
    case 'and':
      return node.of.flatMap((part) => neededNames(part, random));
    case 'or':
      return neededNames(pick(node.of, random), random);
    case 'not':
      return [];
    case 'selection':
      return [node.name];
    case 'quantifier':
      return node.count === 'all' ? node.names : [pick(node.names, random)];
  }
}

function write(detection: Detection, texts: Map<string, FieldText>, random: Random): void {
  if (detection.kind === 'item') writeItem(detection, texts, random);
  else if (detection.kind === 'all') for (const part of detection.of) write(part, texts, random);
  else write(pick(detection.of, random), texts, random);
}

function writeItem({ field, values, every }: DetectionItem, texts: Map<string, FieldText>, random: Random): void {
  if (field === undefined) return;
  const text = texts.get(field) ?? { start: '', middle: [], end: '' };
  texts.set(field, text);
  for (const { value, operator } of every ? values : [pick(values, random)]) {
    const spelled = spell(value);
    if (operator === 'starts_with' || operator === 'equals') text.start = spelled;
    else if (operator === 'ends_with') text.end = spelled;
    else text.middle.push(spelled);
  }
}

function spell(value: Value): string {
  switch (value.kind) {
    case 'text':
      return value.parts
        .map((part) => (typeof part === 'string' ? part : 'x'))
        .join('')
        .replace(/^x|x$/g, '');
    case 'number':
      return value.written;
    case 'any':
      return value.values[0] ? spell(value.values[0]) : '';
    default:
      return 'x';
  }
}

function pick<T>(of: readonly T[], random: Random): T {
  return of[random.below(of.length)] as T;
}
