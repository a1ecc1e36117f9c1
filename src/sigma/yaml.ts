import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
} from 'yaml';
import type { Location } from '../model/rule.ts';
import type { Report } from './report.ts';
import { inPlainWords } from './yaml-problem.ts';

/** YAML as rules need it: plain data with places, aliases resolved. */
export type Yaml = YamlMap | YamlList | YamlScalar;

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly at: Location;
}

export interface YamlEntry {
  readonly key: string;
  readonly at: Location;
  /** The place of the character at `offset` of the key. */
  place(offset: number): Location;
  readonly value: Yaml;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly Yaml[];
  readonly at: Location;
}

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written, so that `0x10` and `1e3` keep their spelling. */
  readonly written: string;
  readonly at: Location;
  /** The place of the character at `offset` of the value, where the file spells it on one line as it is. */
  place(offset: number): Location;
}

export interface YamlDocument {
  readonly root: Yaml;
  readonly text: string;
}

/** Documents of a file; what cannot be read is reported and left out. */
export function readYaml(text: string, path: string, report: Report): YamlDocument[] {
  const lines = new LineCounter();
  const place = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { path, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const deepAt = tooDeepAt(text);
  if (deepAt !== undefined) {
    for (let at = text.indexOf('\n'); at >= 0 && at < deepAt; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
    report.error(place(deepAt), `YAML is nested deeper than ${maxDepth} levels`);
    return [];
  }
  // Unique keys are checked below: the library compares each key with every other one.
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  return documents.flatMap((document) => readDocument(document, text, place, report) ?? []);
}

function readDocument(
  document: Document.Parsed,
  text: string,
  place: (offset: number) => Location,
  report: Report,
): YamlDocument | undefined {
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) return report.error(place(problem.pos[0]), inPlainWords(problem));
  if (!document.contents || (isScalar(document.contents) && document.contents.value === null)) return undefined;
  const convert = createConverter(text, place);
  const converted = convert(document.contents as Node, 0);
  if ('problem' in converted) return report.error(place(converted.offset), converted.problem);
  const [from = 0, , to = text.length] = document.contents.range ?? [];
  return { root: converted.yaml, text: text.slice(from, to) };
}

type Converted = { readonly yaml: Yaml; readonly size: number } | { readonly problem: string; readonly offset: number };

/** Aliases share what they name, and `size` counts it each time, so a bomb is known before anyone walks through it. */
function createConverter(text: string, place: (offset: number) => Location) {
  const anchors = new Map<string, Converted & { yaml: Yaml }>();

  function convert(node: unknown, depth: number): Converted {
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    const converted = convertKind(node, offset, depth);
    if ('problem' in converted) return converted;
    if (converted.size > maxNodes) return { problem: `YAML holds more than ${maxNodes} values`, offset };
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor) anchors.set(node.anchor, converted);
    return converted;
  }

  function convertKind(node: unknown, offset: number, depth: number): Converted {
    if (depth > maxDepth) return { problem: `YAML is nested deeper than ${maxDepth} levels`, offset };
    if (isAlias(node)) {
      return (
        anchors.get(node.source) ?? {
          problem: `alias '*${node.source}' has no anchor before it; a text that begins with '*' needs quotes`,
          offset,
        }
      );
    }
    if (isMap(node)) return convertMap(node.items, offset, depth);
    if (isSeq(node)) return convertList(node.items, offset, depth);
    return { yaml: scalar(isScalar(node) ? node : undefined, offset), size: 1 };
  }

  function convertMap(pairs: readonly { key: unknown; value: unknown }[], offset: number, depth: number): Converted {
    const entries: YamlEntry[] = [];
    const keys = new Map<string, Location>();
    let size = 1;
    for (const pair of pairs) {
      const key = convert(pair.key, depth + 1);
      if ('problem' in key) return key;
      const keyOffset = (pair.key as Node | null)?.range?.[0] ?? offset;
      if (key.yaml.kind !== 'scalar') return { problem: 'a key must be plain text', offset: keyOffset };
      const name = typeof key.yaml.value === 'string' ? key.yaml.value : key.yaml.written;
      if (name === '<<') return { problem: "merge keys ('<<') are not supported", offset: keyOffset };
      const first = keys.get(name);
      if (first) {
        return { problem: `duplicate key '${name}', which is already in line ${first.line}`, offset: keyOffset };
      }
      keys.set(name, key.yaml.at);
      const value =
        pair.value === null ? { yaml: scalar(undefined, keyOffset), size: 1 } : convert(pair.value, depth + 1);
      if ('problem' in value) return value;
      size += value.size;
      entries.push({ key: name, at: key.yaml.at, place: key.yaml.place, value: value.yaml });
    }
    return { yaml: { kind: 'map', entries, at: place(offset) }, size };
  }

  function convertList(nodes: readonly unknown[], offset: number, depth: number): Converted {
    const items: Yaml[] = [];
    let size = 1;
    for (const node of nodes) {
      const item = convert(node, depth + 1);
      if ('problem' in item) return item;
      size += item.size;
      items.push(item.yaml);
    }
    return { yaml: { kind: 'list', items, at: place(offset) }, size };
  }

  function scalar(node: Scalar | undefined, offset: number): YamlScalar {
    const raw = node?.value ?? null;
    const value = raw === null || typeof raw === 'number' || typeof raw === 'boolean' ? raw : String(raw);
    const spelled = node?.range ? text.slice(node.range[0], node.range[1]) : '';
    const start = spelled === value ? offset : spelled.slice(1, -1) === value ? offset + 1 : undefined;
    return {
      kind: 'scalar',
      value,
      written: node?.source ?? (value === null ? '' : String(value)),
      at: place(offset),
      place: (at) => place(start === undefined ? offset : start + at),
    };
  }

  return convert;
}

/**
 * Where a line opens more collections than any rule needs, or undefined. The library recurses once a level and would run
 * out of stack, which V8 cannot always survive; so this counts before, and brackets and dashes in plain text with them.
 */
function tooDeepAt(text: string): number | undefined {
  let brackets = 0;
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const to = newline < 0 ? text.length : newline;
    const line = text.slice(from, to);
    if (line.startsWith('---')) brackets = 0;
    for (let at = 0; at < line.length; at++) {
      const character = line.charCodeAt(at);
      if (character === openSquare || character === openCurly) brackets++;
      else if (character === closeSquare || character === closeCurly) brackets = Math.max(0, brackets - 1);
      if (brackets > maxOpenBrackets) return from + at;
    }
    const indicators = line.match(/(?:^|[ \t])[-?:](?=[ \t\r]|$)/g)?.length ?? 0;
    const indentation = line.search(/[^ \t?:-]/);
    if (indicators > maxDepth || (indentation < 0 ? line.length : indentation) > maxIndentation) return from;
    from = to + 1;
  }
  return undefined;
}

const openSquare = 0x5b;
const closeSquare = 0x5d;
const openCurly = 0x7b;
const closeCurly = 0x7d;
const maxOpenBrackets = 100;
const maxIndentation = 200;
const maxDepth = 64;
const maxNodes = 100_000;
