import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { counted } from '../text/counted.ts';
import { type JsonEvent, readJsonEventOrAlert } from './json-event.ts';
import { readLines } from './lines.ts';

/**
 * The event that an argument means: a file that holds one as JSON, `FILE:LINE` of a file with one a line, or `-` for
 * standard input. An alert stands for its event. Gives what is wrong instead.
 */
export async function readEventArgument(argument: string, stdin: NodeJS.ReadableStream): Promise<JsonEvent | string> {
  const [, file = argument, line] = (await exists(argument)) ? [] : (/^(.+):([1-9]\d*)$/.exec(argument) ?? []);
  const name = file === '-' ? 'standard input' : file;
  const stream = file === '-' ? stdin : createReadStream(file);
  try {
    return line === undefined ? await readWhole(stream, name) : await readLine(stream, name, Number(line));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return `${name} cannot be read: ${error.message}`;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return false;
  }
}

async function readWhole(stream: AsyncIterable<unknown>, name: string): Promise<JsonEvent | string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk as Buffer | string);
    bytes += buffer.length;
    if (bytes > maxBytes) return `${name} holds more than ${maxBytes} bytes; name one of its lines as FILE:LINE`;
    chunks.push(buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8').trim();
  const event = readJsonEventOrAlert(text);
  if (typeof event !== 'string') return event;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const isJsonLines = lines.length > 1 && typeof readJsonEventOrAlert(lines[0] ?? '') !== 'string';
  return isJsonLines ? `${name} holds ${lines.length} events; name one as FILE:LINE` : `${name}: ${event}`;
}

async function readLine(stream: AsyncIterable<unknown>, name: string, wanted: number): Promise<JsonEvent | string> {
  let number = 0;
  for await (const lines of readLines(stream, maxBytes)) {
    for (const line of lines) {
      number++;
      if (number < wanted) continue;
      const event = line === undefined ? `longer than ${maxBytes} bytes` : readJsonEventOrAlert(line);
      return typeof event === 'string' ? `${name}:${wanted}: ${event}` : event;
    }
  }
  return `${name} has ${counted(number, 'line')}, so there is no line ${wanted}`;
}

const maxBytes = 16 * 1024 * 1024;
