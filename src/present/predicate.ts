import type { ItemPredicate } from '../model/rule-page.ts';
import type { FieldValue } from '../model/sigma-event.ts';
import { visible } from '../text/visible.ts';

/** A predicate as a sentence, in pieces that are not to be broken: `Image`, `ends`, `with`, `any`, `of`, `'/a b',`, `'/c'`. */
export function predicatePieces(predicate: ItemPredicate): readonly string[] {
  const { field, kind, values, every, negated = false, modifiers = [] } = predicate;
  const subject = field === null ? 'the text of the event' : visible(field);
  const sentence = (verb: string) => [...subject.split(' '), ...verb.split(' ')];
  if (kind === 'exists') return sentence((values[0] === true) !== negated ? 'exists' : 'does not exist');
  if (kind === 'null') return sentence(negated ? 'has a value' : 'is missing or null');
  const [says, saysNot] = verbs[kind] ?? [kind, `not ${kind}`];
  const quantity = values.length > 1 ? ` ${every ? 'all' : 'any'} of` : '';
  return [
    ...sentence((negated ? saysNot : says) + quantity),
    ...values.map((value, place) => quoted(value) + (place < values.length - 1 ? ',' : '')),
    ...(modifiers.length > 0 ? [`(${modifiers.join(', ')})`] : []),
  ];
}

/**
 * A value as YAML quotes it, so that blanks at its ends are seen: quotes in it are doubled, and backslashes and stars
 * are the rule's own. Numbers, booleans and null stand without quotes.
 */
export function quoted(value: FieldValue): string {
  return visible(typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value));
}

const verbs: Readonly<Record<string, readonly [says: string, saysNot: string]>> = {
  match: ['contains', 'does not contain'],
  starts_with: ['starts with', 'does not start with'],
  ends_with: ['ends with', 'does not end with'],
  equals: ['is', 'is not'],
  wildcard: ['fits', 'does not fit'],
  regex: ['fits the regular expression', 'does not fit the regular expression'],
  cidr: ['is in the network', 'is not in the network'],
  lt: ['is less than', 'is not less than'],
  lte: ['is at most', 'is not at most'],
  gt: ['is greater than', 'is not greater than'],
  gte: ['is at least', 'is not at least'],
  fieldref: ['is the same as the field', 'is not the same as the field'],
};
