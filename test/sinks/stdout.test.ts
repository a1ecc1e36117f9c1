import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { StdoutSinkConfig } from '../../src/model/config.ts';
import { DeliveryError } from '../../src/model/errors.ts';
import { createStdoutSink } from '../../src/sinks/stdout.ts';
import { sampleAlert, sampleAlerts } from '../support/alerts.ts';
import { sinkConfig } from '../support/sinks.ts';

const never = new AbortController().signal;

async function output(format: StdoutSinkConfig['format'], { isTTY = false, noColor = false } = {}): Promise<string> {
  const stdout = Object.assign(new PassThrough(), { isTTY });
  const sink = createStdoutSink(sinkConfig.stdout(format), { stdout, noColor });
  await sink.send(sampleAlerts(0, 2), never);
  await sink.close();
  return String(stdout.read());
}

for (const [format, at, text, color] of [
  ['auto', {}, false, false],
  ['auto', { isTTY: true }, true, true],
  ['auto', { isTTY: true, noColor: true }, true, false],
  ['json', { isTTY: true }, false, false],
  ['text', {}, true, false],
  ['text', { isTTY: true }, true, true],
] as const) {
  test(`${format} at ${JSON.stringify(at)} is ${color ? 'coloured ' : ''}${text ? 'text' : 'JSON Lines'}`, async () => {
    const written = await output(format, at);
    if (text) assert.equal(written.match(/^ {2}rule /gm)?.length, 2);
    else
      assert.deepEqual(
        written
          .trim()
          .split('\n')
          .map((line): unknown => JSON.parse(line)),
        sampleAlerts(0, 2),
      );
    assert.equal(written.includes('\x1b['), color);
  });
}

test('a batch has arrived when the stream has handed it on, not before', async () => {
  let handOn: () => void = () => assert.fail('nothing written yet');
  const stdout = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      handOn = done;
    },
  });
  const sink = createStdoutSink(sinkConfig.stdout('json'), { stdout, noColor: false });
  let arrived = false;
  const sending = sink.send([sampleAlert(0)], never).then(() => {
    arrived = true;
  });
  for (let turns = 0; turns < 5; turns++) await turn();
  assert.equal(arrived, false);
  handOn();
  await sending;
});

test('a retry of what is still being written does not write it twice', async () => {
  const written: string[] = [];
  let handOn: () => void = () => assert.fail('nothing written yet');
  const stdout = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      handOn = done;
    },
  });
  const sink = createStdoutSink(sinkConfig.stdout('json'), { stdout, noColor: false });
  const call = new AbortController();
  const first = sink.send([sampleAlert(0)], call.signal);
  call.abort(new DeliveryError('slow reader', { retryable: true }));
  await assert.rejects(first, { message: 'slow reader' });
  const again = sink.send([sampleAlert(0)], never);
  handOn();
  await again;
  assert.equal(written.length, 1);
  const next = sink.send([sampleAlert(1)], never);
  await turn();
  handOn();
  await next;
  assert.equal(written.length, 2);
});

test('a closed pipe is final: every alert is refused, and nothing crashes', async () => {
  const reader = spawn('true', { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(reader, 'exit');
  const stdout = reader.stdin;
  const sink = createStdoutSink(sinkConfig.stdout('json'), { stdout, noColor: false });
  for (let n = 0; n < 3; n++) {
    await assert.rejects(sink.send([sampleAlert(n)], never), { name: 'DeliveryError', retryable: false });
    await turn();
  }
  await sink.close();
});

test('a failure that may pass can be tried again', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const stdout = new Writable({ autoDestroy: false, write: (_chunk, _encoding, done) => done(full) });
  const sink = createStdoutSink(sinkConfig.stdout('json'), { stdout, noColor: false });
  await assert.rejects(sink.send([sampleAlert(0)], never), { name: 'DeliveryError', retryable: true });
  await turn();
  await sink.close();
});
