/**
 * Text that is safe to print: controls, escape sequences, newlines, bidirectional and invisible characters and lone
 * surrogates appear as `\x1b` or `\u{202e}`. Whoever runs a program chooses its arguments, and could otherwise
 * rewrite what the reader of its alert sees.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
