import type { Condition, Detection, DetectionItem, ItemValue, Rule } from '../sigma/rule.ts';
import type { Value } from '../sigma/value.ts';
import { isThere, valueCan } from './stream-values.ts';
import type { Stream } from './streams.ts';

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
  return judge(rule, stream, choices).can(rule.condition, true);
}

/** The items that keep a rule from matching the stream's events; empty where none does. */
export function blockersOf(rule: Rule, stream: Stream, choices: Choices): readonly Blocker[] {
  return judge(rule, stream, choices).blockers(rule.condition);
}

function judge({ selections }: Rule, stream: Stream, choices: Choices) {
  function chosen<Part>(node: Alternatives, parts: readonly Part[]): readonly Part[] {
    const index = choices.get(node);
    const part = index === undefined ? undefined : parts[index];
    return part === undefined ? parts : [part];
  }

  /** Whether a part can hold, or where `wanted` is false fail. */
  function can(node: Condition | Detection, wanted: boolean): boolean {
    switch (node.kind) {
      case 'and':
      case 'all':
        return every(node.of, can, wanted);
      case 'or':
        return some(chosen(node, node.of), can, wanted);
      case 'any':
        return some(chosen(node, node.of), can, wanted);
      case 'not':
        return can(node.of, !wanted);
      case 'selection':
        return namedCan(node.name, wanted);
      case 'quantifier':
        return node.count === 'all'
          ? every(node.names, namedCan, wanted)
          : some(chosen(node, node.names), namedCan, wanted);
      case 'item':
        return itemCan(node, wanted);
    }
  }

  function namedCan(name: string, wanted: boolean): boolean {
    const selection = selections.get(name);
    return selection ? can(selection, wanted) : !wanted;
  }

  function itemCan(node: DetectionItem, wanted: boolean): boolean {
    const together = node.every ? every : some;
    const valuesCan = ({ value }: ItemValue, each: boolean) => valueCan(stream, node.field, value, each);
    return together(chosen(node, node.values), valuesCan, wanted !== node.negated);
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
        return itemCan(node, true) ? [] : [blockerOf(node)];
    }
  }

  function blockerOf(node: DetectionItem): Blocker {
    const values = chosen(node, node.values).map(({ value }) => value);
    const { field } = node;
    if (field === undefined) return { item: node, why: 'message', values };
    const failing = values.filter((value) => !valueCan(stream, field, value, true));
    return { item: node, why: isThere(stream, field) ? 'value' : 'field', values: failing };
  }

  return { can, blockers };
}

function fewest(alternatives: readonly (readonly Blocker[])[]): readonly Blocker[] {
  return alternatives.reduce((best, next) => (next.length < best.length ? next : best), alternatives[0] ?? []);
}

type Can<Part> = (part: Part, wanted: boolean) => boolean;

/** Parts that hold together: one that fails is enough for all of them to fail. */
function every<Part>(parts: readonly Part[], can: Can<Part>, wanted: boolean): boolean {
  return wanted ? parts.every((part) => can(part, true)) : parts.some((part) => can(part, false));
}

/** Parts of which one has to hold. */
function some<Part>(parts: readonly Part[], can: Can<Part>, wanted: boolean): boolean {
  return wanted ? parts.some((part) => can(part, true)) : parts.every((part) => can(part, false));
}
