import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { join, relative } from 'node:path';
import type { Config } from '../model/config.ts';
import { ConfigError } from '../model/errors.ts';
import { loadConfig } from './load.ts';

const installedPath = '/etc/sigmond/sigmond.yaml';
const maxBytes = 256 * 1024;

/**
 * Reads the configuration file at `path`, or without one the default: the installed file, else
 * `config/sigmond.yaml` beside `programFolder` (the folder that main runs from).
 *
 * @throws ConfigError, also when the file cannot be read: it names the file and the reason
 */
export async function readConfig(path: string | undefined, programFolder: string): Promise<Config> {
  if (path !== undefined) return await readFrom(path);
  try {
    return await readFrom(installedPath);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const besideProgram = fromHere(join(programFolder, '..', 'config', 'sigmond.yaml'));
  try {
    return await readFrom(besideProgram);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw unreadable(besideProgram, `no such file, nor ${installedPath}; name one with -c FILE`);
  }
}

async function readFrom(path: string): Promise<Config> {
  const bytes = await readBounded(path);
  const text = bytes.toString('utf8');
  if (bytes.length > maxBytes) throw unreadable(path, `longer than ${maxBytes} bytes`);
  if (!isUtf8(bytes)) throw notUtf8(path, text);
  return loadConfig(path, text);
}

/** Stops one byte past the bound, so that a device or pipe without an end is refused too. */
async function readBounded(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: maxBytes })) chunks.push(chunk);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // "ENOENT: no such file or directory, open 'x'": the part behind the comma only repeats the path.
    throw unreadable(path, `cannot be read: ${error.message.replace(/, \w+( '.*')?$/s, '')}`, error);
  }
  return Buffer.concat(chunks);
}

function unreadable(path: string, text: string, cause?: Error): ConfigError {
  const error = new ConfigError([{ severity: 'error', at: { path, line: 1, column: 1 }, text }]);
  if (cause) error.cause = cause;
  return error;
}

function notUtf8(path: string, text: string): ConfigError {
  const before = text.slice(0, text.indexOf('\uFFFD')).split('\n');
  const at = { path, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  return new ConfigError([{ severity: 'error', at, text: 'not UTF-8 from here on' }]);
}

function isMissing(error: unknown): boolean {
  const code =
    error instanceof ConfigError && error.cause instanceof Error && 'code' in error.cause && error.cause.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The shorter way to name a file below the current folder. */
function fromHere(path: string): string {
  const short = relative('', path);
  return short.startsWith('..') ? path : short;
}
