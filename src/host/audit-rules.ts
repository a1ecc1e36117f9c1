import { type RunProgram, runProgram } from './run-program.ts';

/** A rule of the kernel's audit system, as auditctl(8) lists it; a watch is a rule of the list `exit` too. */
export interface AuditRule {
  readonly text: string;
  /** `exit`, `task`, `exclude`, `user`, `filesystem`, `io_uring`. */
  readonly list: string;
  readonly action: string;
  /** Names of system calls, numbers where auditctl knows no name. */
  readonly calls: readonly string[] | 'all';
  /** `b64` or `b32`; undefined where the rule names none. */
  readonly architecture: string | undefined;
  readonly keys: readonly string[];
  /** A watched file, or a folder with all that is in it. */
  readonly path: string | undefined;
  /** Of what is done to the path, letters of `rwxa`. */
  readonly permissions: string;
  /** Everything else that has to hold, such as `auid>=1000` or `uid!=euid`. */
  readonly filters: readonly string[];
}

const auditctlTimeoutMs = 5000;

/**
 * Asks auditctl(8) for the rules that are loaded. Without it there are none.
 *
 * @returns undefined when only root may ask
 */
export async function readAuditRules(run: RunProgram = runProgram): Promise<readonly AuditRule[] | undefined> {
  try {
    const { exitCode, stdout } = await run('auditctl', ['-l'], { timeoutMs: auditctlTimeoutMs });
    return exitCode === 0 ? parseAuditRules(stdout) : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : undefined;
  }
}

/** @param listed what `auditctl -l` prints, one rule a line; lines of rule files are read as well, what is no rule is passed over */
export function parseAuditRules(listed: string): readonly AuditRule[] {
  return listed.split('\n').flatMap((line) => parseRule(line.trim()) ?? []);
}

function parseRule(text: string): AuditRule | undefined {
  if (!/^-[aAw] /.test(text)) return undefined;
  const options = [...text.matchAll(optionPattern)].map(([, option = '', value = '']) => ({ option, value }));
  const valuesOf = (option: string) => options.filter((given) => given.option === option).map(({ value }) => value);
  const [watched] = valuesOf('-w');
  const [place = ''] = [...valuesOf('-a'), ...valuesOf('-A')];
  const conditions = [...valuesOf('-F'), ...valuesOf('-C')];
  const conditionsOn = (name: string) =>
    conditions.filter((condition) => condition.startsWith(`${name}=`)).map((value) => value.slice(name.length + 1));
  // Both `always,exit` and `exit,always` are in use.
  const words = watched === undefined ? place.split(',') : ['always', 'exit'];
  const calls = valuesOf('-S').flatMap((value) => value.split(','));
  const path = watched ?? conditionsOn('path')[0] ?? conditionsOn('dir')[0];
  return {
    text,
    list: words.find((word) => word !== 'always' && word !== 'never') ?? '',
    action: words.find((word) => word === 'always' || word === 'never') ?? '',
    calls: calls.length === 0 || calls.includes('all') ? 'all' : calls,
    architecture: conditionsOn('arch')[0],
    keys: [...valuesOf('-k'), ...conditionsOn('key')],
    path: path === undefined || path === '/' ? path : path.replace(/\/+$/, ''),
    permissions: valuesOf('-p')[0] ?? conditionsOn('perm')[0] ?? 'rwxa',
    filters: conditions.filter((condition) => !/^(?:arch|key|path|dir|perm)=/.test(condition)),
  };
}

/** An option with its value, which ends at the next option: paths may hold spaces. */
const optionPattern = /(?:^| )(-[aAwpkSFC]) +(.*?)(?= +-[aAwpkSFC] |$)/g;
