import { pino } from 'pino';

type Write = (context: Readonly<Record<string, unknown>>, text: string) => void;

/** error: data lost or a person is needed; warn: recovered; info: life cycle; nothing per event above debug. */
export interface Logger {
  readonly error: Write;
  readonly warn: Write;
  readonly info: Write;
  readonly debug: Write;
}

/** pino's JSON lines on standard error, synchronous, so that the last words of a dying process are not lost. */
export function createLogger(level: 'error' | 'warn' | 'info' | 'debug'): Logger {
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    error: (context, text) => log.error(context, text),
    warn: (context, text) => log.warn(context, text),
    info: (context, text) => log.info(context, text),
    debug: (context, text) => log.debug(context, text),
  };
}

const nothing: Write = () => undefined;

/** For commands that are not the daemon: they answer on their own output. */
export const silentLogger: Logger = { error: nothing, warn: nothing, info: nothing, debug: nothing };
