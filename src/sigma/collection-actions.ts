import { didYouMean } from '../text/nearest.ts';
import { entry } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { YamlDocument, YamlEntry, YamlMap } from './yaml.ts';

/** A document of a file after the `action` documents around it have been put into it; places stay those of the file. */
export interface MergedDocument {
  readonly root: YamlMap;
  /** All the text that took part. */
  readonly text: string;
}

/**
 * Follows the `action` of each document of a file, from the first to the last. `global` is put into all rules that follow,
 * over what they say themselves, until the next `global` or `reset`; correlations and filters it leaves alone. `repeat` is
 * put over the rule before it, which makes a new one.
 *
 * The specification has dropped these; the meaning is that of its own tool, pySigma's collection.py.
 */
export function followActions(documents: readonly YamlDocument[], report: Report): readonly MergedDocument[] {
  const merged: MergedDocument[] = [];
  let global: MergedDocument | undefined;
  let previous: MergedDocument | undefined;
  let left = maxMergedChars;

  /** Two documents as one, in the order of the file; `over` is the one whose values count where both have some. */
  function join(first: MergedDocument, second: MergedDocument, over: MergedDocument): MergedDocument | undefined {
    left -= first.text.length + second.text.length;
    if (left < 0)
      return report.error(second.root.at, `'global' and 'repeat' make more than ${maxMergedChars} characters`);
    const root = over === first ? merge(second.root, first.root) : merge(first.root, second.root);
    return { root, text: `${first.text}\n---\n${second.text}` };
  }

  for (const { root, text } of documents) {
    if (root.kind !== 'map') {
      report.error(root.at, `a rule is a map, not a ${root.kind}`);
      continue;
    }
    const action = entry(root, 'action');
    const own = { root: without(root, 'action'), text };
    if (!action) {
      const isRule = !entry(root, 'correlation') && !entry(root, 'filter');
      const document = isRule && global ? join(global, own, global) : own;
      if (isRule) previous = document;
      if (document) merged.push(document);
      continue;
    }
    switch (action.value.kind === 'scalar' ? action.value.value : undefined) {
      case 'global':
        global = own;
        previous = own;
        break;
      case 'reset':
        global = undefined;
        break;
      case 'repeat':
        if (!previous) report.warning(action.at, 'there is no rule before it to repeat');
        previous = previous ? join(previous, own, own) : own;
        if (previous) merged.push(previous);
        break;
      default:
        unknownAction(action, report);
    }
  }
  return merged;
}

const actions = ['global', 'reset', 'repeat'];

function unknownAction({ value }: YamlEntry, report: Report): void {
  const written = value.kind === 'scalar' ? value.written : `a ${value.kind}`;
  report.error(value.at, `unknown action '${written}'${didYouMean(written, actions) || `: ${actions.join(', ')}`}`);
}

/** A small file could otherwise stand for very much text. */
const maxMergedChars = 16 * 1024 * 1024;

/** Maps are merged key by key; anything else is replaced. The place is that of the map below. */
function merge(below: YamlMap, above: YamlMap): YamlMap {
  const entries = new Map(below.entries.map((known) => [known.key, known]));
  for (const next of above.entries) {
    const known = entries.get(next.key);
    const value =
      known?.value.kind === 'map' && next.value.kind === 'map' ? merge(known.value, next.value) : next.value;
    entries.set(next.key, { ...next, value });
  }
  return { ...below, entries: [...entries.values()] };
}

function without(map: YamlMap, key: string): YamlMap {
  return { ...map, entries: map.entries.filter((candidate) => candidate.key !== key) };
}
