import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, visit, type YAMLError } from 'yaml';
import type { Location, Problem } from '../model/rule.ts';

/** A YAML file as a plain value, and where each part of it stands. */
export interface ConfigDocument {
  readonly value: unknown;
  /** What is wrong with the text as YAML; `value` is incomplete when `readable` is false. */
  readonly problems: readonly Problem[];
  readonly readable: boolean;
  /** Where a value stands, or its key with `part` 'key'; undefined when the path leads to nothing. */
  locate(path: readonly PropertyKey[], part: 'key' | 'value'): Location | undefined;
}

// The parser descends once a level and overflows the stack, which ends the process before anything can be reported.
const maxDepth = 100;

/** Parses one YAML 1.2 document; a text without one is an empty map. */
export function parseDocument(path: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { path, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const error = (offset: number, words: string): Problem => ({ severity: 'error', at: at(offset), text: words });
  const broken = (problems: readonly Problem[]): ConfigDocument => ({
    value: undefined,
    problems,
    readable: false,
    locate: () => undefined,
  });

  if (isTooDeep(text)) return broken([error(0, `nested more than ${maxDepth} levels deep`)]);
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const [document, second] = documents;
  if (!document) return { value: {}, problems: [], readable: true, locate: () => at(0) };

  const problems = [...document.errors, ...document.warnings].map((e) => error(e.pos[0], inPlainWords(e)));
  if (second) problems.push(error(second.range[0], 'a second document starts here; a configuration is one document'));
  let hasAlias = false;
  visit(document, {
    Alias: (_, { range }) => {
      hasAlias = true;
      problems.push(error(range?.[0] ?? 0, 'an alias (*name) cannot be used here; write the value out'));
    },
    Pair: (_, { key }) => {
      // The schema never sees this key: it is no ordinary property in JavaScript, and zod passes over it.
      if (isScalar(key) && key.value === '__proto__') problems.push(error(key.range?.[0] ?? 0, `unknown key '${key}'`));
    },
  });
  const readable = !hasAlias && document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (!readable) return broken(problems);

  return {
    value: document.toJS() ?? {},
    problems,
    readable,
    locate(steps, part) {
      const offset = find(document.contents, steps, part)?.range?.[0];
      return offset === undefined ? undefined : at(offset);
    },
  };
}

function find(root: Node | null, steps: readonly PropertyKey[], part: 'key' | 'value'): Node | null {
  let key: Node | null = null;
  let value = root;
  for (const step of steps) {
    if (isMap<Node, Node | null>(value)) {
      // The last of two equal keys is the one whose value counts.
      const pair = value.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) return null;
      key = pair.key;
      value = pair.value;
    } else if (isSeq<Node>(value)) {
      const item = value.items[Number(step)];
      if (!item) return null;
      key = item;
      value = item;
    } else {
      return null;
    }
  }
  // A key without a colon, as in `{a: 1, b}`, has no value of its own.
  return part === 'key' ? key : (value ?? key);
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    if (depth > maxDepth) return true;
  }
  return new RegExp(`(?:[-?:][ \\t]+){${maxDepth}}`).test(text);
}

function inPlainWords({ code, message }: YAMLError): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'this key is here twice';
    case 'TAB_AS_INDENT':
      return 'a tab cannot indent YAML; use spaces';
    default:
      return `not valid YAML: ${message}`;
  }
}
