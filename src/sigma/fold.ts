/**
 * The one definition of "case-insensitive": two texts are equal without case when their folds are equal.
 *
 * Works character by character, so a fold has as many characters as its text and a part folds as it does in the whole.
 * Characters are one when they share an upper case: k and U+212A (KELVIN), i, U+0130 and U+0131, s and U+017F.
 */
export function fold(text: string): string {
  return nonAscii.test(text) ? text.replace(unlikeLower(), foldCharacter).toLowerCase() : text.toLowerCase();
}

const nonAscii = /[\u0080-\uffff]/;

let unlike: RegExp | undefined;

/**
 * The few characters that putting into lower case does not fold: V8 does all others ten times as fast as we. Letters that
 * have a case are below U+20000.
 */
function unlikeLower(): RegExp {
  if (unlike) return unlike;
  // Its lower case depends on what stands beside it.
  const characters = ['\u03a3'];
  for (let codePoint = 0x80; codePoint < 0x20000; codePoint++) {
    const character = String.fromCodePoint(codePoint);
    if (hasCase.test(character) && foldCharacter(character).toLowerCase() !== character.toLowerCase()) {
      characters.push(character);
    }
  }
  unlike = new RegExp(`[${characters.join('')}]`, 'gu');
  return unlike;
}

const hasCase = /\p{Changes_When_Casemapped}/u;

function foldCharacter(character: string): string {
  const known = twins.get(character);
  if (known !== undefined) return known;
  const lower = character.toLowerCase();
  // ß and its like have an upper case of several letters, which is not theirs alone: they stay themselves.
  const upper = lower.toUpperCase();
  return characters(upper) === 1 ? upper.toLowerCase() : lower;
}

/** What upper and lower case alone do not tell: U+0130 lowers to two letters, and the pairs share an upper case of several. */
const twins = new Map([
  ['\u0130', 'i'],
  ['\u1fd3', '\u0390'],
  ['\u1fe3', '\u03b0'],
  ['\ufb05', '\ufb06'],
]);

function characters(text: string): number {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff) ? 1 : text.length;
}
