import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '../../src/model/alert.ts';
import { alertRow, tableHeader } from '../../src/present/alert-table.ts';
import { correlationAlert, sampleAlert } from '../support/alerts.ts';

function withEvent(event: Partial<Alert['event']>): Alert {
  const alert = sampleAlert(0);
  const { argv: _, ...plain } = alert.event;
  return { ...alert, event: { ...plain, ...event } };
}

test('columns stand under their titles', () => {
  const row = alertRow(sampleAlert(0));
  assert.equal(row.indexOf('high'), tableHeader.indexOf('LEVEL'));
  assert.equal(row.indexOf('Interactive shell'), tableHeader.indexOf('RULE'));
  assert.equal(row.indexOf('www-data'), tableHeader.indexOf('USER'));
  assert.equal(row.indexOf('bash -i'), tableHeader.indexOf('COMMAND'));
});

test('what stands for the command where there is none', () => {
  const rows: readonly (readonly [Alert['event']['fields'], string])[] = [
    [{ CommandLine: 'ls -l', name: '/x' }, 'ls -l'],
    [{ name: '/etc/ld.so.preload', exe: '/usr/bin/vi', type: 'PATH' }, '/etc/ld.so.preload'],
    [{ exe: '/usr/bin/vi', type: 'SYSCALL' }, '/usr/bin/vi'],
    [{ type: 'CONFIG_CHANGE' }, 'CONFIG_CHANGE'],
    [{ Image: '/usr/bin/cp', TargetFilename: '/etc/cron.d/x' }, '/etc/cron.d/x (by /usr/bin/cp)'],
    [{ CommandLine: 'nc', DestinationIp: '::1', DestinationPort: '9' }, 'to ::1 port 9 (by nc)'],
    [{ Image: '/usr/sbin/sshd', SourceIp: '192.0.2.1', SourcePort: '9' }, 'from 192.0.2.1 port 9 (to /usr/sbin/sshd)'],
    [{ ProgramName: 'sshd', Message: 'Failed password' }, 'Failed password'],
  ];
  for (const [fields, command] of rows) assert.ok(alertRow(withEvent({ fields })).endsWith(`  ${command}`), command);
  assert.ok(alertRow(withEvent({ fields: {} })).endsWith('Interactive shell from a web server'));
});

test('a correlation says why it fired, before the command that completed it', () => {
  assert.ok(alertRow(correlationAlert()).endsWith('  www-data    temporal 2 within 5m, User=www-data: bash -i'));
});

test('a long command is cut, also where that is inside of a character', () => {
  const row = alertRow(withEvent({ fields: {}, argv: ['x'.repeat(99), '\u{1f600}'] }));
  assert.ok(row.endsWith(`${'x'.repeat(99)} …`));
  const inside = alertRow(withEvent({ fields: {}, argv: [`${'x'.repeat(99)}\u{1f600}y`] }));
  assert.ok(inside.endsWith(`${'x'.repeat(99)}\\u{d83d}…`));
});

test('nothing of an alert can act on a terminal', () => {
  const alert = withEvent({ fields: { User: '\x1b[31m' }, argv: ['a\nb', '\u202ec', '\x9b2J'] });
  const row = alertRow({ ...alert, rule: { ...alert.rule, title: '\x07title' } });
  assert.doesNotMatch(row, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.ok(row.includes('\\x07title') && row.includes('\\x1b[31m') && row.includes('a\\x0ab \\u{202e}c \\x9b2J'));
});
