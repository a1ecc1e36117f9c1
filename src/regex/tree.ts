import type { CharacterSet } from './character-set.ts';

/** A regular expression as a tree; what a place takes is a set of characters, also where that is one. */
export type Regular =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'sequence' | 'alternatives'; readonly of: readonly Regular[] }
  | {
      readonly kind: 'repeat';
      readonly of: Regular;
      readonly min: number;
      readonly max: number;
    }
  | Beside
  /** Numbered from 1. */
  | { readonly kind: 'group'; readonly number: number; readonly of: Regular }
  | { readonly kind: 'reference'; readonly number: number }
  | { readonly kind: 'look'; readonly ahead: boolean; readonly negated: boolean; readonly of: Regular };

/** Holds between two characters, by the one ahead or the one behind. */
export interface Beside {
  readonly kind: 'beside';
  readonly ahead: boolean;
  readonly set: CharacterSet;
  /** Also where the text ends on that side. */
  readonly orNone: boolean;
  /** Also before a newline that ends the text. */
  readonly orLastNewline: boolean;
}

export function partsOf(node: Regular): readonly Regular[] {
  switch (node.kind) {
    case 'sequence':
    case 'alternatives':
      return node.of;
    case 'repeat':
    case 'group':
    case 'look':
      return [node.of];
    default:
      return [];
  }
}
