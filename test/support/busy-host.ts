import { heapAfterCollection } from './heap.ts';

/** Programs that a host with 100 execs a second starts, each with words of its own. */
const programs = ['ls', 'sh', 'python3.11', 'cat', 'curl', 'systemctl', 'grep', 'sleep'];
const execsPerSecond = 100;
/** Pids come again soon, so that the process table, which remembers four processes of each, is full soon. */
const pids = 4000;

/**
 * Feeds the records of `execs` execs, whose times, serials, pids and command lines move on as a host's do, and one that
 * lacks its end now and then.
 *
 * @returns bytes of heap in use after every `sampleEvery` execs, when all was collected that can be
 */
export function feedExecs(
  line: (text: string, position: number) => void,
  execs: number,
  sampleEvery: number,
): readonly number[] {
  const samples: number[] = [];
  let position = 0;
  for (let n = 1; n <= execs; n++) {
    for (const text of recordsOf(n)) {
      line(text, position);
      position += text.length + 1;
    }
    if (n % sampleEvery === 0) samples.push(heapAfterCollection());
  }
  return samples;
}

function recordsOf(n: number): readonly string[] {
  const program = programs[n % programs.length] ?? '';
  const exe = `/usr/bin/${program}`;
  const pid = 300 + (n % pids);
  const seconds = 1_795_489_893 + Math.floor(n / execsPerSecond);
  const id = `msg=audit(${seconds}.${String((10 * n) % 1000).padStart(3, '0')}:${(4_294_900_000 + n) % 2 ** 32})`;
  const names = 'ARCH=x86_64 SYSCALL=execve AUID="unset" UID="root" GID="root" EUID="root"';
  const records = [
    `type=SYSCALL ${id}: arch=c000003e syscall=59 success=yes exit=0 a0=55${n} a1=7ff${n} a2=0 a3=8 items=2 ppid=${pid - (n % 7)} pid=${pid} auid=4294967295 uid=0 gid=0 euid=0 tty=(none) ses=4294967295 comm="${program}" exe="${exe}" key="exec"\x1d${names}`,
    `type=EXECVE ${id}: argc=3 a0="${program}" a1="--job=${n}" a2="/srv/work/${n % 977}"`,
    `type=CWD ${id}: cwd="/srv/work/${n % 31}"`,
    `type=PATH ${id}: item=0 name="${exe}" inode=${1000 + (n % 8)} dev=fe:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL`,
    `type=PATH ${id}: item=1 name="/lib64/ld-linux-x86-64.so.2" inode=99 dev=fe:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL`,
    `type=PROCTITLE ${id}: proctitle="${program}"`,
  ];
  return n % 1000 === 0 ? records.slice(0, 3) : records;
}
