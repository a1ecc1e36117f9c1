import { createCounters } from '../host/counters.ts';
import type {
  ConditionResult,
  DetectionResult,
  Explanation,
  ItemResult,
  RuleExplanation,
  SelectionResult,
  ValueResult,
} from '../model/explanation.ts';
import type { FieldValue } from '../model/sigma-event.ts';
import { compileRegex } from '../regex/regex.ts';
import { conditionText } from '../sigma/condition.ts';
import { rulesUnder } from '../sigma/find-document.ts';
import { applies } from '../sigma/logsources.ts';
import type { Condition, Detection, DetectionItem, Document, ItemValue, RuleCollection } from '../sigma/rule.ts';
import { type Detecting, predicateOf } from '../sigma/stages.ts';
import type { Value } from '../sigma/value.ts';
import { compileCondition, compileDetection } from './compile.ts';
import { type CompileContext, compileValue } from './compile-value.ts';
import { createEventView, type Matchable } from './event-view.ts';

/**
 * Why a document of the collection does or does not match an event: of a rule with the filters that have become part of
 * it, of a filter alone, and of a correlation the rules that it counts.
 *
 * Each part of a condition is asked through the closures that matching uses, so that the answer is always that of matching.
 */
export function explain(document: Document, collection: RuleCollection, event: Matchable): Explanation {
  const context: CompileContext = {
    view: createEventView(),
    truncated: createCounters().counter('sigma_regex_truncated_total'),
    cuts: [],
  };
  context.view.load(event);
  const subject = { event, context };
  if (document.kind !== 'correlation') {
    const [linked] = document.kind === 'rule' ? rulesUnder(document.meta.id, collection) : [];
    return explainRule(linked ?? document, subject);
  }
  const explained = rulesUnder(document.meta.id, collection).map((rule) => explainRule(rule, subject));
  const { id, title } = document.meta;
  const matched = explained.some((rule) => rule.matched);
  return { rule: { id, title }, matched, correlation: document.type, rules: explained };
}

interface Asked {
  readonly event: Matchable;
  readonly context: CompileContext;
}

function explainRule(rule: Detecting & Pick<Document, 'meta'>, asked: Asked): RuleExplanation {
  const { id, title, logsource } = rule.meta;
  const condition = explainCondition(rule.condition, { rule, ...asked });
  const fits = applies(logsource, asked.event.logsource);
  return {
    rule: { id, title },
    matched: fits && condition.held,
    logsource: { rule: logsource, event: asked.event.logsource, fits },
    condition,
  };
}

interface Subject extends Asked {
  readonly rule: Detecting;
}

function explainCondition(condition: Condition, subject: Subject): ConditionResult {
  const { selections } = subject.rule;
  const holds = compileCondition(condition, (name) => {
    const detection = selections.get(name);
    return detection ? compileDetection(detection, subject.context).holds : () => false;
  });
  const held = holds();
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, held, of: condition.of.map((part) => explainCondition(part, subject)) };
    case 'not':
      return { kind: 'not', held, of: explainCondition(condition.of, subject) };
    case 'quantifier': {
      const of = condition.names.flatMap((name) => explainSelection(name, subject));
      return { kind: 'quantifier', text: conditionText(condition), held, of };
    }
    case 'selection': {
      const [selection] = explainSelection(condition.name, subject);
      return selection ?? { kind: 'selection', name: condition.name, held, of: { kind: 'any', held, of: [] } };
    }
  }
}

function explainSelection(name: string, subject: Subject): readonly SelectionResult[] {
  const detection = subject.rule.selections.get(name);
  if (!detection) return [];
  const of = explainDetection(detection, subject);
  return [{ kind: 'selection', name, held: of.held, of }];
}

function explainDetection(detection: Detection, subject: Subject): DetectionResult {
  const held = compileDetection(detection, subject.context).holds();
  if (detection.kind === 'item') return explainItem(detection, held, subject);
  return { kind: detection.kind, held, of: detection.of.map((part) => explainDetection(part, subject)) };
}

function explainItem(item: DetectionItem, held: boolean, { event, context }: Subject): ItemResult {
  const { field } = item;
  const found = read(event, field);
  const similarField = found === undefined ? sameWithoutCase(field, event) : undefined;
  return {
    kind: 'item',
    held,
    predicate: predicateOf(item),
    ...(found !== undefined && { found }),
    ...(similarField !== undefined && { similarField }),
    values: item.values.map((value) => explainValue(value, field, found, context)),
  };
}

function read(event: Matchable, field: string | undefined): FieldValue | undefined {
  if (field === undefined) return event.message;
  if (event.field) return event.field(field);
  return Object.hasOwn(event.fields, field) ? event.fields[field] : undefined;
}

function sameWithoutCase(field: string | undefined, { fields }: Matchable): string | undefined {
  return Object.keys(fields).find((name) => name.toLowerCase() === field?.toLowerCase());
}

function explainValue(
  { written, value }: ItemValue,
  field: string | undefined,
  found: FieldValue | undefined,
  context: CompileContext,
): ValueResult {
  const holds = (compared: Value) => compileValue(compared, field, context)();
  const held = holds(value);
  if (held) return { value: written, held };
  if (found === undefined) return { value: written, held, why: 'missing' };
  const loose = withoutCase(value);
  return { value: written, held, why: loose && holds(loose) ? 'case' : 'differs' };
}

/** The value without regard to case, where it has any. */
function withoutCase(value: Value): Value | undefined {
  switch (value.kind) {
    case 'text':
    case 'fieldref':
      return value.cased ? { ...value, cased: false } : undefined;
    case 'regex': {
      const regex = compileRegex(value.regex.pattern, `${value.regex.flags}i`);
      return value.regex.flags.includes('i') || typeof regex === 'string' ? undefined : { kind: 'regex', regex };
    }
    case 'any':
      return { kind: 'any', values: value.values.map((inner) => withoutCase(inner) ?? inner) };
    default:
      return undefined;
  }
}
