import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const shared = new URL('../../../shared/', import.meta.url).pathname;

export interface BenchInputs {
  /** Text of an audit.log, and what it is. */
  readonly log: Buffer;
  readonly logName: string;
  readonly rulePaths: readonly string[];
  readonly rulesName: string;
  /** Rules of other systems, to measure growth with their number; none where they are not there. */
  readonly morePaths: readonly string[];
}

/** The recorded log and the public rules where they lie beside the checkout, else a made log and our own rules. */
export function readInputs(): BenchInputs {
  const recorded = `${shared}vectors/audit/bulk-8704-exec.log.gz`;
  const corpus = `${shared}corpus/sigmahq/linux`;
  const scale = `${shared}corpus/sigmahq/scale`;
  const ours = new URL('../../config/rules', import.meta.url).pathname;
  return {
    ...(existsSync(recorded)
      ? { log: gunzipSync(readFileSync(recorded)), logName: 'recorded log' }
      : { log: makeLog(10_000), logName: 'made log' }),
    ...(existsSync(corpus)
      ? { rulePaths: [corpus], rulesName: '248 public rules' }
      : { rulePaths: [ours], rulesName: 'shipped rules' }),
    morePaths: existsSync(scale) ? [scale] : [],
  };
}

/** Exec events of one shape, as auditd writes them with log_format=ENRICHED. */
function makeLog(events: number): Buffer {
  const lines: string[] = [];
  for (let serial = 1; serial <= events; serial++) {
    const head = (type: string): string => `type=${type} msg=audit(${1_700_000_000 + serial}.123:${serial}):`;
    const pid = 1000 + (serial % 30_000);
    const names = 'ARCH=x86_64 SYSCALL=execve AUID="unset" UID="root" GID="root" EUID="root" SUID="root" FSUID="root"';
    lines.push(
      `${head('SYSCALL')} arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1 a2=55d2 a3=8 items=2 ppid=${pid - 1} pid=${pid} auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm="ls" exe="/usr/bin/ls" subj=unconfined key="exec"\x1d${names}`,
      `${head('EXECVE')} argc=3 a0="ls" a1="-l" a2="/tmp/${serial}"`,
      `${head('CWD')} cwd="/root"`,
      `${head('PATH')} item=0 name="/usr/bin/ls" inode=1 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\x1dOUID="root" OGID="root"`,
      `${head('PATH')} item=1 name="/lib64/ld-linux-x86-64.so.2" inode=2 dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\x1dOUID="root" OGID="root"`,
      `${head('PROCTITLE')} proctitle=6C73002D6C`,
    );
  }
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}
