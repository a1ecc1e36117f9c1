import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Diagnosis, explainSymptoms, type Symptoms } from '../../src/vigil/diagnosis.ts';

const well: Symptoms = {
  status: { enabled: 1, pid: 812, lost: 0, backlog: 0, backlogLimit: 64 },
  auditd: 'running',
  hasExecRule: true,
  log: 'readable',
  isRefused: false,
};
const status = (change: object): Partial<Symptoms> => ({ status: { ...well.status, ...change } as Symptoms['status'] });

const cases: readonly (readonly [Diagnosis['reason'], Partial<Symptoms>])[] = [
  ['unknown', {}],
  ['unknown', { status: undefined, auditd: undefined, hasExecRule: undefined }],
  ['unknown', status({ enabled: 2 })],
  ['not_started', { isRefused: true }],
  ['audit_disabled', status({ enabled: 0 })],
  ['audit_disabled', { ...status({ enabled: 0, pid: 0 }), hasExecRule: false, log: 'missing' }],
  ['exec_rules_removed', { hasExecRule: false }],
  ['exec_rules_removed', { status: undefined, hasExecRule: false }],
  ['auditd_gone', { ...status({ pid: 0 }), auditd: undefined }],
  // The kernel notices only when it has something to send.
  ['auditd_gone', { auditd: 'gone' }],
  ['auditd_gone', { status: undefined, auditd: 'gone' }],
  ['auditd_stopped', { auditd: 'stopped' }],
  ['log_missing', { log: 'missing' }],
  ['log_denied', { log: 'denied' }],
];
for (const [reason, change] of cases) {
  test(`${reason}: ${JSON.stringify(change)}`, () => {
    const diagnosis = explainSymptoms({ ...well, ...change });
    assert.equal(diagnosis.reason, reason);
    assert.equal(diagnosis.isDoubtful, reason === 'unknown' || reason === 'not_started');
  });
}

test('what was seen is told, and what is not known is absent', () => {
  assert.deepEqual(explainSymptoms({ ...well, hasExecRule: false }).fields, {
    AuditEnabled: '1',
    AuditdPid: '812',
    Backlog: '0',
    AuditdState: 'running',
    ExecRules: 'none',
    AuditLog: 'readable',
  });
  const blind = { ...well, status: undefined, auditd: undefined, hasExecRule: undefined };
  assert.deepEqual(explainSymptoms(blind).fields, { AuditLog: 'readable' });
});
