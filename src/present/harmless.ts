/**
 * Text of somebody else's for a terminal or a log: control characters, line ends and invisible direction marks become
 * `\xNN` or `\u{N}`, so that it can neither move the cursor nor pretend to be a line of ours.
 */
export function harmless(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** C0 and C1 controls, line and paragraph separators, other format characters, and halves of characters. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
