/** Remembers what was found for texts that come again and again; past its bound it forgets some. */
export interface Answers<T> {
  find(text: string): T | undefined;
  /** For a text that `find` did not find. */
  remember(text: string, answer: T): void;
}

/**
 * A text is looked for under a number made of some of its characters, and then compared: V8 compares texts several times as
 * fast as it hashes them, which a Map would have it do for every text that is new to it, alike or not.
 */
export function createAnswers<T>(): Answers<T> {
  const texts: (string | undefined)[] = Array.from({ length: sets * ways });
  const answers: (T | undefined)[] = Array.from({ length: sets * ways });
  /** Which of a set is replaced next. */
  const turns = new Uint8Array(sets);

  return {
    find(text) {
      const first = ways * setOf(text);
      for (let place = first; place < first + ways; place++) if (texts[place] === text) return answers[place];
      return undefined;
    },
    remember(text, answer) {
      const set = setOf(text);
      const turn = turns[set] ?? 0;
      turns[set] = (turn + 1) % ways;
      texts[ways * set + turn] = text;
      answers[ways * set + turn] = answer;
    },
  };
}

const sets = 256;
/** Texts that differ in other characters than those of the number share a set; this many may. */
const ways = 4;
const samples = 16;

function setOf(text: string): number {
  const step = Math.floor(text.length / samples) + 1;
  let number = text.length;
  for (let at = 0; at < text.length; at += step) number = (Math.imul(number, 31) + text.charCodeAt(at)) | 0;
  return (number ^ (number >>> 8) ^ (number >>> 16)) & (sets - 1);
}
