import type { Clock } from './clock.ts';
import { type RunProgram, runProgram } from './run-program.ts';
import type { Users } from './users.ts';

interface Answer {
  readonly name: string | undefined;
  readonly untilMs: number;
}

export interface NameServiceOptions {
  readonly clock: Clock;
  /** Ends the asking. */
  readonly signal: AbortSignal;
  /** Runs getent(1). */
  readonly run?: RunProgram;
  /** Asks once; undefined where there is no such user. Rejects never. */
  readonly ask?: (uid: string, signal: AbortSignal) => Promise<string | undefined>;
}

const nameFreshMs = 10 * 60_000;
const noNameFreshMs = 5 * 60_000;
/** A directory that is far away is asked one question at a time, and a host full of strange ids few. */
const pauseMs = 500;
const maxWaiting = 64;
const maxAnswers = 4096;
const unset = '4294967295';

/**
 * Names of users that are not in passwd(5) but in LDAP, sssd or systemd, as nsswitch.conf(5) has it.
 *
 * A call answers with what is known by now. Where that is nothing, or is old, it is asked for, so that a later call knows
 * more.
 */
export function createNameService(options: NameServiceOptions): Users {
  const { clock, signal, run = runProgram, ask = (uid, end) => askGetent(run, uid, end) } = options;
  const answers = new Map<string, Answer>();
  const waiting = new Set<string>();
  let asking = false;

  async function askAll(): Promise<void> {
    for (const uid of waiting) {
      const name = await ask(uid, signal);
      waiting.delete(uid);
      const untilMs = clock.monotonicMs() + (name === undefined ? noNameFreshMs : nameFreshMs);
      answers.delete(uid);
      answers.set(uid, { name, untilMs });
      if (answers.size > maxAnswers) for (const [oldest] of [...answers].slice(0, 1)) answers.delete(oldest);
      await clock.sleep(pauseMs, signal);
      if (signal.aborted) return;
    }
    asking = false;
  }

  return {
    name(uid) {
      const answer = answers.get(uid);
      const isFresh = answer !== undefined && answer.untilMs > clock.monotonicMs();
      if (!isFresh && waiting.size < maxWaiting && isUid(uid) && !signal.aborted) {
        waiting.add(uid);
        if (!asking) {
          asking = true;
          void askAll();
        }
      }
      return answer?.name;
    },
  };
}

function isUid(uid: string): boolean {
  return uid !== unset && /^\d{1,10}$/.test(uid);
}

const timeoutMs = 5000;

/** @see getent(1) */
async function askGetent(run: RunProgram, uid: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { stdout } = await run('getent', ['passwd', uid], { timeoutMs, signal });
    const [name, , number] = stdout.split(':');
    return number === uid && name !== '' ? name : undefined;
  } catch {
    // It prints nothing where there is no such user; where there is no getent there is no name either.
    return undefined;
  }
}
