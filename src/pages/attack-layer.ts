import type { RuleVerdict, Verdict } from '../model/verdict.ts';
import { visible } from '../text/visible.ts';
import { techniqueOf } from './attack.ts';

/**
 * The techniques that rules are about, as a layer of the ATT&CK Navigator: its score is the number of rules that can fire
 * here, if only in part. The same rules give the same layer.
 *
 * @see mitre-attack/attack-navigator, layers/spec/v4.5/layerformat.md
 */
export function attackLayer(verdicts: readonly RuleVerdict[]) {
  const byTechnique = new Map<string, RuleVerdict[]>();
  for (const verdict of verdicts) {
    const ids = new Set(verdict.meta.tags.flatMap((tag) => techniqueOf(tag)?.id ?? []));
    for (const id of ids) byTechnique.set(id, [...(byTechnique.get(id) ?? []), verdict]);
  }
  const techniques = [...byTechnique].toSorted(([one], [other]) => compare(one, other)).map(toTechnique);
  return {
    name: 'sigmond',
    versions: { attack: '17', navigator: '5.1.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: 'Sigma rules by technique; the score is the number of rules that can fire on this host',
    filters: { platforms: ['Linux'] },
    sorting: 3,
    layout: { layout: 'side', showID: true, showName: true, expandedSubtechniques: 'annotated' },
    hideDisabled: false,
    techniques,
    gradient: {
      colors: ['#ffffff', '#8ec843'],
      minValue: 0,
      maxValue: techniques.reduce((most, { score }) => Math.max(most, score), 1),
    },
    metadata: [{ name: 'rules', value: String(verdicts.length) }, ...counts(verdicts)],
  };
}

function toTechnique([techniqueID, verdicts]: readonly [string, readonly RuleVerdict[]]) {
  return {
    techniqueID,
    score: verdicts.filter(({ verdict }) => verdict !== 'cannot-fire').length,
    comment: verdicts.map(titleOf).toSorted(compare).join('\n'),
    enabled: true,
    metadata: counts(verdicts),
  };
}

/** Titles are anybody's text. */
function titleOf({ meta, verdict }: RuleVerdict): string {
  return visible(verdict === 'can-fire' ? meta.title : `${meta.title} (${verdict})`);
}

function counts(verdicts: readonly RuleVerdict[]): readonly { readonly name: Verdict; readonly value: string }[] {
  return (['can-fire', 'degraded', 'cannot-fire'] as const).map((name) => ({
    name,
    value: String(verdicts.filter(({ verdict }) => verdict === name).length),
  }));
}

/** By code units, the same in every locale. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
