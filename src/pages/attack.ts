import { attackNames } from './attack-names.ts';

/** A technique or sub-technique of MITRE ATT&CK for Enterprise. */
export interface Technique {
  /** `T1059` or `T1059.006`. */
  readonly id: string;
  /** A sub-technique's with its technique's before it, `Command and Scripting Interpreter: Python`; undefined where ATT&CK 17.0 does not know the id. */
  readonly name: string | undefined;
  /** As tags spell them: `command-and-control`. */
  readonly tactics: readonly string[];
}

/** The technique that a rule's tag names, `attack.t1059.006`; undefined for tags that name none. */
export function techniqueOf(tag: string): Technique | undefined {
  const id = techniqueTag.exec(tag)?.[1]?.toUpperCase();
  if (id === undefined) return undefined;
  known ??= parseNames(attackNames);
  return known.get(id) ?? { id, name: undefined, tactics: [] };
}

/** The tactic that a rule's tag names, `attack.execution`, as the tag spells it; also one that later versions brought. */
export function tacticOf(tag: string): string | undefined {
  // Techniques, groups (g0049), software (s0154) and the like are a letter and digits.
  return /^attack\.([a-z][a-z_-]*)$/i.exec(tag)?.[1]?.toLowerCase().replaceAll('_', '-');
}

const techniqueTag = /^attack\.(t\d{4}(?:\.\d{3})?)$/i;

let known: ReadonlyMap<string, Technique> | undefined;

function parseNames(lines: string): ReadonlyMap<string, Technique> {
  const techniques = new Map<string, Technique>();
  let parent: Technique | undefined;
  for (const line of lines.trim().split('\n')) {
    const [, id = '', name = '', tactics = ''] = /^ *(\S+) ([^|]+?)(?: \| (.+))?$/.exec(line) ?? [];
    if (!line.startsWith(' ')) {
      parent = { id, name, tactics: tactics.split(' ') };
      techniques.set(id, parent);
    } else if (parent) {
      const whole = `${parent.id}.${id}`;
      techniques.set(whole, { id: whole, name: `${parent.name}: ${name}`, tactics: parent.tactics });
    }
  }
  return techniques;
}
