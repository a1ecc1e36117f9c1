import { posix } from 'node:path';
import type { AuditRecord } from '../model/audit.ts';

/**
 * The script that an exec ran, absolute; undefined where the image itself was called.
 *
 * The kernel runs a script's interpreter: Image and argv are the interpreter's. What was called is PATH item 0, and after
 * it come the interpreter and its dynamic loader, each with its inode; old kernels list the script twice. The kernel puts
 * the script's name behind the interpreter's own arguments, which tells it from a loader of a name that we do not know.
 *
 * @param argv whole, bytes as latin1
 * @returns bytes as latin1; links are not resolved
 * @see fs/binfmt_script.c load_script
 */
export function scriptPath(
  records: readonly AuditRecord[],
  argv: readonly string[] | undefined,
  cwd: string | undefined,
): string | undefined {
  const called = argv && argv.length > 1 ? records.find((record) => isItem(record, '0')) : undefined;
  const name = called?.get('name');
  if (!argv || !called || name === undefined || !argv.includes(name, 1)) return undefined;
  const isOther = (record: AuditRecord): boolean =>
    record.type === 'PATH' && !isSameFile(record, called) && !loader.test(record.get('name') ?? '');
  if (!records.some(isOther)) return undefined;
  if (name.startsWith('/')) return posix.normalize(name);
  return cwd?.startsWith('/') ? posix.resolve(cwd, name) : undefined;
}

/** ld.so(8) by its names on glibc, musl and the BSDs. */
const loader = /\/ld(?:64)?(?:-[^/]*)?\.so(?:\.\d+)*$/;

function isItem(record: AuditRecord, item: string): boolean {
  return record.type === 'PATH' && record.get('item') === item;
}

function isSameFile(one: AuditRecord, other: AuditRecord): boolean {
  return one.get('inode') === other.get('inode') && one.get('dev') === other.get('dev');
}
