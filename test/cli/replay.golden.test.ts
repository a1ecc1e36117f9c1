/**
 * Small logs and what replay makes of them: `NAME.log` with `NAME.events.jsonl` and `NAME.alerts.jsonl` beside it in
 * test/fixtures/replay, under the rules of its folder `rules`. After a wanted change write them anew and read the diff:
 *
 *   UPDATE_GOLDEN=1 node --import tsx --test test/cli/replay.golden.test.ts
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { runReplay } from '../support/replay.ts';

const folder = new URL('../fixtures/replay/', import.meta.url).pathname;
const rules = `${folder}rules`;
const update = process.env['UPDATE_GOLDEN'] === '1';
const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));

test('there are golden logs', () => assert.ok(logs.length >= 9));

for (const log of logs) {
  for (const output of ['events', 'alerts']) {
    const golden = `${folder}${log.replace(/\.log$/, '')}.${output}.jsonl`;
    test(`${output} of ${log}`, async () => {
      const { stdout, exitCode } = await runReplay(['--rules', rules, '--output', output, `${folder}${log}`]);
      assert.equal(exitCode, 0);
      const lines = anywhere(stdout);
      if (update) writeFileSync(golden, lines.map((line) => `${line}\n`).join(''));
      assert.deepEqual(lines, readFileSync(golden, 'utf8').split('\n').slice(0, -1));
    });
  }
}

/** Output as any host and version would write it: what depends on them has a name instead, the same for the same value. */
function anywhere(stdout: string): readonly string[] {
  const names = new Map<string, string>();
  const nameOf = (kind: string, value: string): string => {
    const name = names.get(value) ?? `${kind}-${names.size + 1}`;
    names.set(value, name);
    return name;
  };
  const replace = (key: string, value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    if (key === 'ProcessGuid' || key === 'ParentProcessGuid') return nameOf('guid', value);
    if (key === 'id' && /^[0-9a-f]{32}$/.test(value)) return nameOf('id', value);
    if (key === 'name' && value === hostname()) return 'this-host';
    if (key === 'version') return 'this-version';
    return key === 'ruleset' ? 'these-rules' : value;
  };
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.stringify(JSON.parse(line), replace));
}
