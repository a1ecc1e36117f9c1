import { link } from './sigma/link.ts';
import { createReport, type Report } from './sigma/report.ts';
import type { Document } from './sigma/rule.ts';

/** A rule file of a source. */
export interface Candidate {
  /** Relative to the target. */
  readonly to: string;
  readonly content: Buffer;
  /** Empty where the file does not load. */
  readonly documents: readonly Document[];
}

export interface Choice {
  readonly chosen: readonly Candidate[];
  /** Files whose rules all are for other products. */
  readonly otherProducts: number;
}

/**
 * Chooses the files whose rules can be used here: for Linux or for any product, with ids that are free and references that
 * lead somewhere. What is wrong goes to the report.
 *
 * @param beside what is loaded from elsewhere
 */
export function chooseRules(
  candidates: readonly Candidate[],
  beside: readonly Document[],
  allProducts: boolean,
  report: Report,
): Choice {
  const loadable = candidates.filter(({ documents }) => documents.length > 0);
  const appliesHere = createProductTest(loadable.flatMap(({ documents }) => documents));
  const here = allProducts ? loadable : loadable.filter(({ documents }) => documents.some(appliesHere));
  return { chosen: withoutBroken(here, beside, report), otherProducts: loadable.length - here.length };
}

/** A correlation has no product; one of its rules has to apply. */
function createProductTest(documents: readonly Document[]): (document: Document) => boolean {
  const named = new Map<string, Document>();
  for (const document of documents) {
    if (document.name !== undefined) named.set(document.name, document);
    named.set(document.meta.id, document);
  }
  const asked = new Set<Document>();
  return function appliesHere(document): boolean {
    const { product } = document.meta.logsource;
    if (document.kind !== 'correlation') return product === undefined || product === 'linux';
    // One that refers to itself is no matter of its product; linking reports it.
    if (asked.has(document)) return true;
    asked.add(document);
    const applies = document.rules.some(({ to }) => {
      const member = named.get(to);
      return !member || appliesHere(member);
    });
    asked.delete(document);
    return applies;
  };
}

/** Files that go may take what others refer to with them. */
function withoutBroken(files: readonly Candidate[], beside: readonly Document[], report: Report): readonly Candidate[] {
  const linking = createReport();
  link([...beside, ...files.flatMap(({ documents }) => documents)], linking);
  const errors = linking.problems.filter(({ severity }) => severity === 'error');
  const broken = new Set(errors.map(({ at }) => at.path));
  const whole = files.filter(({ documents }) => !documents.some(({ at }) => broken.has(at.path)));
  if (whole.length === files.length) return files;
  const gone = new Set(files.filter((file) => !whole.includes(file)).map(({ documents }) => documents[0]?.at.path));
  for (const { at, text } of errors) if (gone.has(at.path)) report.error(at, text);
  return withoutBroken(whole, beside, report);
}
