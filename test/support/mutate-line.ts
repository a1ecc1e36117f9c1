import type { Random } from './random.ts';

/** Pieces that mean something to audit's format, put where they do not belong. */
const pieces = [
  ' ',
  '  ',
  '=',
  '"',
  "'",
  '""',
  '\x1d',
  '\x01',
  '\0',
  '\xff',
  '\xc3',
  '\r',
  '(null)',
  '(none)',
  '?',
  '{ ',
  ' }',
  'SADDR={ saddr_fam=inet laddr=127.0.0.1 lport=80 }',
  'SADDR=unknown family(0)',
  ')',
  '):',
  'msg=',
  "msg='",
  'node=work ',
  'type=',
  'type=1309 ',
  'type=UNKNOWN[1420] ',
  'audit: ',
  'msg=audit(1.001:1): ',
  'msg=audit(1795489893.399:4294967296): ',
  'argc=0 ',
  'argc=4294967295 ',
  'argc=-1 ',
  ' a0=',
  ' a1="x"',
  ' a9999999=41',
  ' a0_len=999999999999',
  ' a0[0]="',
  ' a0[99999]=4',
  ' a1[1]=C3',
  'items=4294967295 ',
  'items=-1 ',
  'item=x ',
  'success=no ',
  'exit=-2 ',
  'arch=40000003 syscall=11 ',
  'arch=zz syscall=4294967295 ',
  'exe=2F28',
  'exe=2F206465',
  'name=',
  'cwd="',
  'proctitle=00',
  '__proto__=1 ',
  'constructor="x" ',
  'AUID="unset"',
  'ARCH=x86_64 SYSCALL=execve ',
];

/** A line with up to four things done to it that torn writes, bad copies and hostile programs do. */
export function mutateLine(line: string, lines: readonly string[], random: Random): string {
  let text = line;
  for (let left = 1 + random.below(4); left > 0; left--) text = mutateOnce(text, lines, random);
  return text;
}

function mutateOnce(text: string, lines: readonly string[], random: Random): string {
  // Nearly always behind the id, for without one a line is done with at once.
  const head = random.below(8) === 0 ? 0 : Math.max(0, text.indexOf('): '));
  const at = head + random.below(text.length - head + 1);
  const end = Math.min(text.length, at + 1 + random.below(40));
  switch (random.below(9)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, head) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(end);
    case 3:
      return text.slice(0, end) + text.slice(at);
    case 4:
      return `${text.slice(0, at)}${String.fromCharCode(random.below(256))}${text.slice(at + 1)}`;
    case 5: {
      // auditd's buffer as it was before: the end of another line.
      const other = lines[random.below(lines.length)] ?? '';
      return text.slice(0, at) + other.slice(random.below(other.length + 1));
    }
    case 6: {
      const piece = pieces[random.below(pieces.length)] ?? '';
      return text.slice(0, at) + piece.repeat(1 + random.below(50)) + text.slice(at);
    }
    default:
      return text.slice(0, at) + (pieces[random.below(pieces.length)] ?? '') + text.slice(at);
  }
}
