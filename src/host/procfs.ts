import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { SourceError } from '../model/errors.ts';

/** What /proc/PID/stat tells; enough to know a process again. @see proc_pid_stat(5) */
export interface ProcStat {
  readonly pid: number;
  readonly ppid: number;
  /** Clock ticks since boot: with the pid, the identity of a process. */
  readonly startTicks: number;
  /**
   * Bottom of the stack: random for each exec and inherited over fork, so it tells an exec from a fork and from a mere
   * change of title. Undefined where the kernel hides it (other users' processes without CAP_SYS_PTRACE).
   */
  readonly stackStart: string | undefined;
  /** As audit writes it: `pts0`, `tty1`, `ttyS0`; undefined without a terminal. */
  readonly tty: string | undefined;
  readonly kernelThread: boolean;
}

/** What else /proc knows of a process; undefined where it may not be read or the process is gone. */
export interface ProcDetails {
  /** Path of the image, without the kernel's " (deleted)". */
  readonly exe: string | undefined;
  readonly exeDeleted: boolean;
  readonly argv: readonly string[] | undefined;
  readonly cwd: string | undefined;
  readonly uid: string | undefined;
  readonly loginUid: string | undefined;
  readonly sessionId: string | undefined;
}

export interface Procfs {
  /** @throws SourceError when proc(5) is not there */
  pids(): readonly number[];
  /** Undefined when there is no such process. */
  stat(pid: number): ProcStat | undefined;
  details(pid: number): ProcDetails;
  /** A name under which the image can be opened, also where it was deleted or lies in a container. */
  imagePath(pid: number): string;
  /** Path of the image, without the kernel's " (deleted)". */
  image(pid: number): string | undefined;
  /** What cgroups(7) says of it; undefined where there is no such process. */
  cgroup(pid: number): string | undefined;
  /** Milliseconds since the epoch of clock tick 0, by the wall clock of this moment. */
  bootMs(): number;
  /** Identifies this boot; undefined where the kernel does not say. */
  readonly bootId: string | undefined;
}

/** USER_HZ: 100 on every architecture that sigmond supports. */
export const msPerTick = 10;

const kernelThreadFlag = 0x00200000;

/** @param root where proc(5) is mounted */
export function createProcfs(root: string, nowMs: () => number): Procfs {
  const read = (path: string): string | undefined => readIfThere(join(root, path), 'latin1');

  return {
    pids: () => listNames(root).filter(isPid).map(Number),
    stat: (pid) => unlessOrdinary(() => parseStat(readShort(`${root}/${pid}/stat`))),
    imagePath: (pid) => `${root}/${pid}/exe`,
    image: (pid) => withoutDeleted(readlinkIfThere(`${root}/${pid}/exe`)),
    cgroup: (pid) => unlessOrdinary(() => readShort(`${root}/${pid}/cgroup`)),
    details(pid) {
      const exe = readlinkIfThere(join(root, `${pid}/exe`));
      const cmdline = readIfThere(join(root, `${pid}/cmdline`), 'utf8');
      return {
        exe: withoutDeleted(exe),
        exeDeleted: exe?.endsWith(' (deleted)') ?? false,
        argv: cmdline ? cmdline.replace(/\0$/, '').split('\0') : undefined,
        cwd: readlinkIfThere(join(root, `${pid}/cwd`)),
        uid: /^Uid:\t(\d+)/m.exec(read(`${pid}/status`) ?? '')?.[1],
        loginUid: read(`${pid}/loginuid`),
        sessionId: read(`${pid}/sessionid`),
      };
    },
    bootMs: () => nowMs() - Number.parseFloat(read('uptime') ?? '0') * 1000,
    bootId: read('sys/kernel/random/boot_id')?.trim(),
  };
}

function withoutDeleted(path: string | undefined): string | undefined {
  return path?.replace(/ \(deleted\)$/, '');
}

function listNames(root: string): readonly string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    throw new SourceError(`processes cannot be listed: ${(error as Error).message}`, { cause: error });
  }
}

function isPid(name: string): boolean {
  const first = name.charCodeAt(0);
  return first > 48 && first <= 57;
}

const buffer = Buffer.alloc(16_384);

/** Three system calls in place of readFileSync's five: this is read for every process at every scan. */
function readShort(path: string): string {
  const fd = openSync(path, 'r');
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

function parseStat(text: string): ProcStat {
  // comm may contain blanks and ')', so the last one counts (proc_pid_stat(5)).
  const commEnd = text.lastIndexOf(')');
  const fields = text.slice(commEnd + 2).split(' ', 26);
  const field = (number: number): string => fields[number - 3] ?? '';
  const stackStart = field(28);
  return {
    pid: Number.parseInt(text, 10),
    ppid: Number(field(4)),
    tty: ttyName(Number(field(7))),
    kernelThread: (Number(field(9)) & kernelThreadFlag) !== 0,
    startTicks: Number(field(22)),
    stackStart: stackStart.length > 1 ? stackStart : undefined,
  };
}

/** Device numbers of terminals (kernel: Documentation/admin-guide/devices.txt); others are told by number. */
function ttyName(device: number): string | undefined {
  if (device === 0) return undefined;
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return `${major}:${minor}`;
}

/** Processes end while they are read, and others may not be looked at: both are ordinary here. */
const ordinaryErrors = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL', 'EIO']);

function readIfThere(path: string, encoding: 'latin1' | 'utf8'): string | undefined {
  return unlessOrdinary(() => readFileSync(path, encoding));
}

function readlinkIfThere(path: string): string | undefined {
  return unlessOrdinary(() => readlinkSync(path));
}

/** What is read, or undefined where there is no such process or it may not be looked at. */
export function unlessOrdinary<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && ordinaryErrors.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
