import type { Reason } from '../model/verdict.ts';
import type { Condition, Detection, DetectionItem, Rule } from '../sigma/rule.ts';
import { itemsOf } from '../sigma/stages.ts';
import { feedsOf } from '../sigma/taxonomy.ts';
import type { TextValue } from '../sigma/value.ts';
import { type Alternatives, type Choices, canMatch } from './possible.ts';
import type { Limit } from './recordings.ts';
import { isThere } from './stream-values.ts';
import type { Stream } from './streams.ts';
import { holdsFor } from './value-reach.ts';

/**
 * The alternatives of a rule through which none of the streams' events can match: parts of an `or`, of `1 of`, of a list of
 * maps, and values of the fields whose values are known. Of a blocked alternative the ones inside are not looked at.
 */
export function blockedBranches(rule: Rule, streams: readonly Stream[]): readonly Choices[] {
  const blocked: Choices[] = [];
  let budget = maxBranches;

  function visit(node: Condition | Detection, choices: Choices): void {
    switch (node.kind) {
      case 'and':
      case 'all':
        for (const part of node.of) visit(part, choices);
        return;
      case 'or':
        choose(node, node.of, choices);
        return;
      case 'any':
        choose(node, node.of, choices);
        return;
      case 'selection':
        visitNamed(node.name, choices);
        return;
      case 'quantifier': {
        if (node.count === 'any') choose(node, node.names.flatMap(selectionOf), choices);
        else for (const name of node.names) visitNamed(name, choices);
        return;
      }
      case 'item':
        if (hasKnownValues(node)) choose(node, node.values, choices);
        return;
      case 'not':
    }
  }

  function visitNamed(name: string, choices: Choices): void {
    for (const selection of selectionOf(name)) visit(selection, choices);
  }

  function selectionOf(name: string): readonly Detection[] {
    const selection = rule.selections.get(name);
    return selection ? [selection] : [];
  }

  function choose(node: Alternatives, parts: readonly (Condition | Detection | object)[], choices: Choices): void {
    for (const [index, part] of parts.entries()) {
      if (budget-- <= 0) return;
      const chosen = new Map(choices).set(node, index);
      if (!streams.some((stream) => canMatch(rule, stream, chosen))) blocked.push(chosen);
      else if ('kind' in part) visit(part as Condition | Detection, chosen);
    }
  }

  visit(rule.condition, new Map());
  return blocked;
}

/** Bounds the work for a rule with endless lists; what lies beyond is taken to be all right. */
const maxBranches = 2000;

function hasKnownValues({ field, every, negated, values }: DetectionItem): boolean {
  return values.length > 1 && !every && !negated && field !== undefined && fieldsWithKnownValues.has(field);
}

const fieldsWithKnownValues: ReadonlySet<string> = new Set([
  'type',
  'SYSCALL',
  'key',
  'name',
  'nametype',
  'TargetFilename',
]);

/** Fields below a `not` that are never known: what the rule wants to leave out by them is not left out. */
export function fieldsLeftOut(rule: Rule, streams: readonly Stream[]): readonly Reason[] {
  return itemsOfCondition(rule, true).flatMap(({ field, values, negated }): readonly Reason[] => {
    if (field === undefined || negated || feedsOf(field, rule.meta.logsource).length > 0) return [];
    if (values.some(({ value }) => value.kind === 'null' || value.kind === 'exists')) return [];
    if (streams.some((stream) => isThere(stream, field))) return [];
    return [
      {
        kind: 'field',
        field,
        text: `nothing here tells ${field}, so that what the rule leaves out by it is not left out`,
      },
    ];
  });
}

/** Whether the rule looks for just what the limit lets through. */
export function isPinned(rule: Rule, { field, value }: Limit): boolean {
  return itemsOfCondition(rule, false).some((item) => {
    if (item.negated) return false;
    // Who looks for a key knows what the audit rules with that key record.
    if (item.field === 'key') return true;
    if (field === undefined || item.field !== field) return false;
    if (value !== undefined) return item.values.every((one) => holdsFor(one.value, value));
    return item.values.every((one) => one.value.kind === 'text' && isWholePath(one.value));
  });
}

function isWholePath({ parts: [first] }: TextValue): boolean {
  return typeof first === 'string' && first.startsWith('/');
}

/** Items below a `not`, or those that are not. */
function itemsOfCondition({ condition, selections }: Rule, wanted: boolean): readonly DetectionItem[] {
  function inCondition(node: Condition, below: boolean): readonly DetectionItem[] {
    switch (node.kind) {
      case 'and':
      case 'or':
        return node.of.flatMap((part) => inCondition(part, below));
      case 'not':
        return inCondition(node.of, !below);
      case 'selection':
        return below === wanted ? inNamed([node.name]) : [];
      case 'quantifier':
        return below === wanted ? inNamed(node.names) : [];
    }
  }
  function inNamed(names: readonly string[]): readonly DetectionItem[] {
    return names.flatMap((name) => selections.get(name) ?? []).flatMap(itemsOf);
  }
  return inCondition(condition, false);
}
