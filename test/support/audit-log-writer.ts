import { closeSync, copyFileSync, existsSync, openSync, renameSync, rmSync, truncateSync, writeSync } from 'node:fs';

/** Writes a log and rotates it, each step at once and in the order of its model. */
export interface AuditLogWriter {
  /** Writes a record that carries its number, and returns it. */
  record(): string;
  /** Writes these bytes as they are. */
  write(text: string): void;
  /** As auditd: closes the log, renames each file to the next number, the last one away, and begins a new one. */
  rotate(): void;
  /** The same, stopping after the log itself was renamed; the answer ends it. */
  beginRotation(): () => void;
  /** As logrotate with copytruncate: the log keeps its inode. */
  copyTruncate(): void;
  /** Removes the log and begins another one. */
  recreate(): void;
  close(): void;
  /** All records so far, oldest first. */
  readonly records: readonly string[];
}

/** @param maxRotated how many rotated files are kept */
export function createAuditLogWriter(path: string, maxRotated = 4): AuditLogWriter {
  const records: string[] = [];
  let fd: number | undefined;

  const open = (): number => {
    fd ??= openSync(path, 'a', 0o600);
    return fd;
  };
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  const shift = (): void => {
    rmSync(`${path}.${maxRotated}`, { force: true });
    for (let number = maxRotated - 1; number >= 1; number--) {
      if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
    }
  };
  const beginRotation = (): (() => void) => {
    close();
    shift();
    if (maxRotated > 0) renameSync(path, `${path}.1`);
    return () => void open();
  };

  return {
    records,
    record() {
      const record = nextRecord(records.length);
      records.push(record);
      writeSync(open(), `${record}\n`);
      return record;
    },
    write: (text) => void writeSync(open(), text),
    rotate: () => beginRotation()(),
    beginRotation,
    copyTruncate() {
      shift();
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
    },
    recreate() {
      close();
      rmSync(path);
      open();
    },
    close,
  };
}

/** A record of an event of its own. */
export function nextRecord(number: number): string {
  return `type=USER_CMD msg=audit(1795489893.399:${number}): pid=1 uid=0 msg='cmd="number-${number}"'`;
}
