import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { Command } from 'commander';
import { matchCommand } from '../../src/cli/match.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { correlationNamed, ruleNamed } from '../correlation/support.ts';
import { folder, ruleText, uuid, withUuids } from '../sigma/support.ts';
import { runCommand } from './support.ts';

async function rules(t: TestContext): Promise<string> {
  return folder(t, {
    'a.yml': ruleText("sel: {Image|endswith: '/nc'}\ncondition: sel", { id: uuid('b-nc') }),
    'b.yml': ruleText("sel: {Image|startswith: '/usr/'}\ncondition: sel", { id: uuid('a-usr') }),
    'c.yml': ruleText('sel: [needle]\ncondition: sel', { id: uuid('c-key') }),
    'd.yml': ruleText('sel: {f: x}\ncondition: sel', { id: uuid('d-win'), logsource: 'product: windows' }),
  });
}

const linux = '"logsource":{"product":"linux"}';

describe('sigmond match', () => {
  it('prints the ids of the rules that matched, sorted, with the index of the line', async (t) => {
    const lines = [
      `{${linux},"fields":{"Image":"/usr/bin/nc"}}`,
      `{${linux},"fields":{"Image":"/bin/sh"}}`,
      `{${linux},"fields":{},"message":"a NEEDLE é"}`,
      `{${linux},"fields":{"f":"x"}}`,
      `{"fields":{"f":"x"}}`,
    ];
    const { stdout, stderr, exitCode } = await runCommand(
      matchCommand,
      ['match', '--rules', await rules(t)],
      [lines.join('\n')],
    );
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      `{"index":0,"rules":["${uuid('a-usr')}","${uuid('b-nc')}"]}`,
      `{"index":2,"rules":["${uuid('c-key')}"]}`,
      `{"index":4,"rules":["${uuid('d-win')}"]}`,
    ]);
    assert.deepEqual([stderr, exitCode], ['', 0]);
  });

  it('reads a file, however its bytes are cut into chunks and lines end', async (t) => {
    const path = await rules(t);
    const text = `{${linux},"fields":{"Image":"/é/nc"}}\r\n{${linux},"fields":{"Image":"/usr/é"}}\n`;
    const file = join(path, 'events.jsonl');
    await writeFile(file, text);
    const whole = await runCommand(matchCommand, ['match', '--rules', path, '--strict', file]);
    const bytes = Array.from(Buffer.from(text), (byte) => Buffer.from([byte]));
    const single = await runCommand(matchCommand, ['match', '--rules', path, '-'], bytes);
    assert.equal(whole.stdout, `{"index":0,"rules":["${uuid('b-nc')}"]}\n{"index":1,"rules":["${uuid('a-usr')}"]}\n`);
    assert.deepEqual(single, whole);
  });

  it('takes events that have a message and no fields, and a logsource of null', async (t) => {
    const input = '{"message":"a needle"}\n{}\n{"logsource":null,"fields":{"f":"x"}}\n';
    const without = await runCommand(matchCommand, ['match', '--rules', await rules(t)], [input]);
    const withAll = await runCommand(
      matchCommand,
      ['match', '--rules', await rules(t)],
      [input.replace('"message"', '"fields":{},"message"').replace('{}\n', '{"fields":{}}\n').replace('null', '{}')],
    );
    assert.notEqual(without.stdout, '');
    assert.deepEqual(without, withAll);
  });

  it('names lines that are no event and goes on', async (t) => {
    const bad = [
      'nonsense',
      '',
      '[]',
      '{"fields":[]}',
      '{"fields":null}',
      '{"fields":{},"logsource":7}',
      '{"fields":{},"message":7}',
    ];
    const input = [...bad, `{${linux},"fields":{"Image":"/nc"}}`].join('\n');
    const { stdout, stderr, exitCode } = await runCommand(matchCommand, ['match', '--rules', await rules(t)], [input]);
    assert.equal(stdout, `{"index":7,"rules":["${uuid('b-nc')}"]}\n`);
    assert.equal(exitCode, 1);
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      'standard input:1: no JSON object (index 0)',
      'standard input:2: no JSON object (index 1)',
      'standard input:3: no JSON object (index 2)',
      "standard input:4: 'fields' is not an object (index 3)",
      "standard input:5: 'fields' is not an object (index 4)",
      "standard input:6: 'logsource' is not an object of texts (index 5)",
      "standard input:7: 'message' is not text (index 6)",
      '7 of 8 lines could not be matched',
    ]);
  });

  it('skips a line beyond the bound and counts it', async (t) => {
    const piece = 'x'.repeat(1024 * 1024);
    const input = ['{"fields":{"Image":"', ...Array<string>(17).fill(piece), '/nc"}}\n', '{"fields":{"Image":"/nc"}}'];
    const { stdout, stderr, exitCode } = await runCommand(matchCommand, ['match', '--rules', await rules(t)], input);
    assert.equal(stdout, `{"index":1,"rules":["${uuid('b-nc')}"]}\n`);
    assert.match(stderr, /^standard input:1: longer than 16777216 bytes/);
    assert.equal(exitCode, 1);
  });

  it('reports bad rules and works with the good ones', async (t) => {
    const path = await rules(t);
    await writeFile(join(path, 'e.yml'), ruleText('sel: {"f|\\e[31m": x}\ncondition: sel', { id: uuid('e') }));
    const { stdout, stderr, exitCode } = await runCommand(
      matchCommand,
      ['match', '--rules', path],
      [`{${linux},"fields":{"Image":"/nc"}}`],
    );
    assert.equal(stdout, `{"index":0,"rules":["${uuid('b-nc')}"]}\n`);
    assert.equal(stderr, `${path}/e.yml:7:9: unknown modifier '\\x1b[31m'\n`);
    assert.equal(exitCode, 0);
  });

  it('takes placeholders, and nothing else, from a configuration', async (t) => {
    const detection = "sel: {Image|expand|endswith: '/%Tools%'}\ncondition: sel";
    const path = await folder(t, {
      'a.yml': ruleText(detection, { id: uuid('a') }),
      'sigmond.conf': 'rules: {paths: [/nowhere], placeholders: {Tools: [nc, socat*]}}\n',
      'bad.conf': 'rules: {placeholders: [nc]}\n',
    });
    const input = [`{${linux},"fields":{"Image":"/usr/bin/socat1"}}\n{"fields":{"Image":"/bin/sh"}}\n`];
    const run = (...args: string[]) => runCommand(matchCommand, ['match', '--rules', path, ...args], input);
    assert.deepEqual(await run('-c', join(path, 'sigmond.conf')), {
      stdout: `{"index":0,"rules":["${uuid('a')}"]}\n`,
      stderr: '',
      exitCode: 0,
    });
    const without = await run();
    assert.equal(without.exitCode, 78);
    assert.match(without.stderr, /a\.yml:7:34: the placeholder '%Tools%' has no values/);
    await assert.rejects(run('-c', join(path, 'bad.conf')), ConfigError);
  });

  it('exits 78 without any rule and 1 when the input cannot be read', async (t) => {
    const path = await rules(t);
    const none = await runCommand(matchCommand, ['match', '--rules', join(path, 'missing')]);
    assert.equal(none.exitCode, 78);
    assert.match(none.stderr, /missing:1:1: cannot be read: ENOENT.*\nno rule could be loaded\n$/);
    for (const [file, reason] of [
      [join(path, 'missing'), /missing cannot be read: ENOENT/],
      [path, /cannot be read: EISDIR/],
    ] as const) {
      const { exitCode, stderr } = await runCommand(matchCommand, ['match', '--rules', path, file]);
      assert.equal(exitCode, 1);
      assert.match(stderr, reason);
    }
  });

  it('ends quietly when nobody reads its output any more', async (t) => {
    const path = await rules(t);
    const line = `{${linux},"fields":{"Image":"/nc"}}\n`;
    const consumed = { chunks: 0 };
    async function* endless() {
      for (; consumed.chunks < 100_000; consumed.chunks++) yield line.repeat(5000);
    }
    const closed = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const codes: number[] = [];
    const stderr = new Writable({ write: (_chunk, _encoding, done) => done(new Error('nothing was to be said')) });
    const io = {
      stdin: Readable.from(endless()),
      stdout: closed,
      stderr,
      setExitCode: (code: number) => codes.push(code),
    };
    await new Command().addCommand(matchCommand(io)).parseAsync(['match', '--rules', path], { from: 'user' });
    assert.deepEqual(codes, [0]);
    assert.ok(consumed.chunks < 100);
  });

  const body = 'type: event_count\nrules: a\ngroup-by: [g]\ntimespan: 10s\ncondition: {gte: 2}';
  const burst = withUuids(`${ruleNamed('a')}---\n${correlationNamed('burst', body)}`);

  it('names a correlation at the event that completes it, and not the rule that only feeds it', async (t) => {
    const path = await folder(t, { 'a.yml': burst });
    const event = (timestamp: string, g: string) => `{"timestamp":${timestamp},"fields":{"is":"a","g":"${g}"}}`;
    const input = [
      event('"2026-11-24T03:11:33.399Z"', 'x'),
      event('"2026-11-24 03:11:34"', 'y'),
      event('"2026-11-24T05:11:43.399+02:00"', 'x'),
      event('"2026-11-24T03:11:53.400"', 'x'),
      event('"2026-11-24T03:11:45Z"', 'x'),
    ];
    const outcome = await runCommand(matchCommand, ['match', '--rules', path], [input.join('\n')]);
    assert.deepEqual(outcome, {
      stdout: [2, 4].map((index) => `{"index":${index},"rules":["${uuid('burst')}"]}\n`).join(''),
      stderr: '',
      exitCode: 0,
    });
  });

  it('names it beside the rule with generate, and counts events of one id as they come', async (t) => {
    const path = await folder(t, { 'a.yml': `${burst}  generate: true\n` });
    const line = '{"id":"same","timestamp":"2026-11-24T03:11:33Z","fields":{"is":"a"}}\n';
    const { stdout } = await runCommand(matchCommand, ['match', '--rules', path], [line.repeat(2)]);
    const [a, both] = [uuid('a'), `${uuid('a')}","${uuid('burst')}`];
    assert.equal(stdout, `{"index":0,"rules":["${a}"]}\n{"index":1,"rules":["${both}"]}\n`);
  });

  it('takes an event whose timestamp is missing or unreadable at the time of the one before, and says so once', async (t) => {
    const path = await folder(t, { 'a.yml': burst });
    const written = [
      '"2026-11-24T03:11:33Z"',
      'null',
      '"tomorrow\\u001b"',
      '1795489893',
      '"2026-11-24T03:12:33Z"',
      '""',
    ];
    const input = written.map((timestamp) => `{"timestamp":${timestamp},"fields":{"is":"a"}}\n`);
    const { stdout, stderr, exitCode } = await runCommand(matchCommand, ['match', '--rules', path], input);
    assert.deepEqual(
      stdout.match(/"index":\d/g)?.map((index) => index.at(-1)),
      ['1', '2', '3', '5'],
    );
    assert.equal(
      stderr,
      '3 timestamps could not be read, first "tomorrow\\u001b" (index 2); such events are taken at the time of the event before\n',
    );
    assert.equal(exitCode, 0);
  });

  it('says what correlations left out', async (t) => {
    const body = 'type: value_sum\nrules: a\ntimespan: 10s\ncondition: {field: n, gte: 2}';
    const path = await folder(t, { 'a.yml': withUuids(`${ruleNamed('a')}---\n${correlationNamed('sum', body)}`) });
    const { stderr } = await runCommand(matchCommand, ['match', '--rules', path], ['{"fields":{"is":"a","n":"many"}}']);
    assert.equal(stderr, '1 values are no numbers, and correlations left them out\n');
  });

  it('does what the example in docs/rules.md says', async (t) => {
    const page = await readFile(new URL('../../docs/rules.md', import.meta.url), 'utf8');
    const text = page.slice(page.indexOf('## Correlations'));
    const block = (language: string) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? '';
    const path = await folder(t, { 'discovery.yml': block('yaml') });
    const { stdout, stderr } = await runCommand(matchCommand, ['match', '--rules', path], [block('json')]);
    assert.equal(stderr, '');
    assert.ok(text.includes(`\`${stdout.trim()}\``) && stdout !== '');
  });
});
