import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { rulesCoverageCommand } from '../../src/cli/rules-coverage.ts';
import { loadConfig } from '../../src/config/load.ts';
import { SourceError } from '../../src/model/errors.ts';
import { folder, ruleText, uuid } from '../sigma/support.ts';
import { bareHost } from '../support/telemetry.ts';
import { runCommand } from './support.ts';

const rule = `${ruleText('sel: {type: ADD_USER}\ncondition: sel', { id: uuid('rule'), logsource: 'service: auditd' })}tags: [attack.t1136.001]\n`;

async function coverage(...args: readonly string[]) {
  const deps = {
    readConfig: async () => loadConfig('/etc/sigmond/sigmond.yaml', ''),
    readTelemetry: async () => bareHost,
  };
  return runCommand((io) => rulesCoverageCommand(io, deps), ['coverage', ...args]);
}

describe('sigmond rules coverage', () => {
  it('prints a layer', async (t) => {
    const path = await folder(t, { 'a.yml': rule });
    const { stdout, stderr, exitCode } = await coverage('--rules', path);
    assert.deepEqual([stderr, exitCode], ['', 0]);
    const { techniques } = JSON.parse(stdout);
    assert.deepEqual([techniques.length, techniques[0].techniqueID, techniques[0].score], [1, 'T1136.001', 1]);
  });

  it('writes it to a file', async (t) => {
    const path = await folder(t, { 'a.yml': rule });
    const file = join(path, 'layer.json');
    const { stdout } = await coverage('--rules', path, '--output', file);
    assert.equal(stdout, '');
    assert.equal(JSON.parse(await readFile(file, 'utf8')).domain, 'enterprise-attack');
  });

  it('says why a file cannot be written', async (t) => {
    const path = await folder(t, { 'a.yml': rule });
    const written = coverage('--rules', path, '--output', join(path, 'no', 'layer.json'));
    await assert.rejects(
      written,
      (error) => error instanceof SourceError && /layer\.json cannot be/.test(error.message),
    );
  });

  it('exits 78 where no rule could be loaded', async (t) => {
    const path = await folder(t, { 'a.yml': 'title: x\n' });
    const { stdout, exitCode } = await coverage('--rules', path);
    assert.deepEqual([stdout, exitCode], ['', 78]);
  });
});
