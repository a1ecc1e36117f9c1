/**
 * JSON on one line, with every character escaped that a terminal, a pager or a log viewer may act upon: C1 controls,
 * bidirectional marks, line and paragraph separators. JSON itself escapes only C0 and lone surrogates.
 */
export function safeJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    // They stand only inside strings: outside, JSON is ASCII.
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
