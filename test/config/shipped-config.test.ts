import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';

const path = join(import.meta.dirname, '../../config/sigmond.yaml');
const text = await readFile(path, 'utf8');

test('config/sigmond.yaml loads as it is: the rules beside it, every source, one stdout sink', () => {
  const config = loadConfig(path, text);
  const { path: _path, ...rest } = config;
  const { path: _defaultPath, ...defaults } = loadConfig(path, '');
  assert.deepEqual(rest, { ...defaults, rules: { ...defaults.rules, paths: [join(path, '../rules')] } });
});

test('its examples load once they are uncommented', () => {
  const config = loadConfig(path, text.replace(/^( +)#(?=- | {2}\S)/gm, '$1'));
  assert.deepEqual(
    config.sinks.map(({ type, name }) => [type, name]),
    [
      ['stdout', 'stdout'],
      ['file', 'local'],
      ['syslog', 'syslog'],
      ['webhook', 'soc'],
    ],
  );
  assert.equal(config.sources.logs.length, 7);
  assert.deepEqual(config.sources.logs[0], {
    path: '/var/log/auth.log',
    services: ['auth', 'sshd', 'sudo'],
    product: 'linux',
    start: 'resume',
  });
});

test('it documents every key and the values written for a sink are the defaults', () => {
  const words = new Set(text.match(/\w+/g));
  const keys =
    'state_dir rules paths sources audit_log path enabled start audit_socket standard_input proc_scan interval_ms logs service product log level sinks name type queue_size timeout_ms batch_size max_attempts format address facility url headers control socket alerts rollup_window_ms storm_limit_per_minute';
  assert.deepEqual(
    keys.split(' ').filter((key) => !words.has(key)),
    [],
  );
  const documented = loadConfig(path, text.replace(/^( +)#(?=- | {2}\S)/gm, '$1')).sinks.find((s) => s.name === 'soc');
  const [bare] = loadConfig(path, 'sinks: [{name: soc, type: webhook, url: "http://127.0.0.1:8080/hook"}]').sinks;
  assert.deepEqual({ ...documented, headers: {} }, bare);
});
