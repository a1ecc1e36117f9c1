import notify from 'systemd-notify';
import type { Logger } from './logger.ts';

/** What the service manager is told; each status is one line that `systemctl status` shows. */
export interface Systemd {
  ready(status: string): void;
  status(text: string): void;
  stopping(text: string): void;
}

export interface SystemdParts {
  readonly notifySocket: string | undefined;
  readonly logger: Logger;
  /** Told before the helper is run, which the package does not let us see. */
  readonly expectHelper?: (program: string, args: readonly string[]) => Promise<void>;
}

type Message = { readonly ready?: boolean; readonly stopping?: boolean; readonly text: string };

/**
 * Tells systemd how the daemon is; without `notifySocket`, the value of $NOTIFY_SOCKET, it does nothing.
 *
 * Never throws and never delays: one helper runs at a time, and what is said meanwhile is joined to one next message
 * with the latest status. The first failure is logged, later ones are not.
 *
 * @see sd_notify(3), systemd-notify(1)
 */
export function createSystemd({ notifySocket, logger, expectHelper }: SystemdParts): Systemd {
  if (!notifySocket) return { ready: nothing, status: nothing, stopping: nothing };

  let sending = false;
  let next: Message | undefined;
  let failed = false;

  async function tell(message: Message): Promise<void> {
    if (sending) {
      next = { ...next, ...message };
      return;
    }
    sending = true;
    try {
      const words = toArguments(message);
      await expectHelper?.('systemd-notify', [
        ...(words.ready ? ['--ready'] : []),
        `--pid=${process.pid}`,
        `--status=${words.status}`,
      ]);
      await notify(words);
    } catch (error) {
      if (!failed) logger.warn({ error: String(error) }, 'systemd cannot be notified');
      failed = true;
    }
    sending = false;
    const waiting = next;
    next = undefined;
    if (waiting) await tell(waiting);
  }

  return {
    ready: (text) => void tell({ ready: true, text }),
    status: (text) => void tell({ text }),
    stopping: (text) => void tell({ stopping: true, text }),
  };
}

const nothing = (): void => undefined;

function toArguments({ ready = false, stopping = false, text }: Message): { ready: boolean; status: string } {
  // A notification is lines of NAME=value, so a line break in the text would start another assignment. That is also
  // how STOPPING=1 gets in, for which the helper has no option before systemd 254.
  const status = text.replace(/\p{Cc}+/gu, ' ');
  return { ready, status: stopping ? `${status}\nSTOPPING=1` : status };
}
