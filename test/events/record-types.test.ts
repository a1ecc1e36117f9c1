import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standsAlone } from '../../src/events/record-types.ts';

const alone =
  'USER USER_CMD USER_AUTH USER_TTY DAEMON_START DAEMON_ROTATE SERVICE_START SYSTEM_BOOT CRED_ACQ CRYPTO_KEY_USER ' +
  'VIRT_CONTROL ADD_USER DEL_GROUP GRP_MGMT ACCT_LOCK CHGRP_ID KERNEL SOFTWARE_UPDATE ANOM_LOGIN_FAILURES RESP_EXEC ' +
  'UNKNOWN[1150] UNKNOWN[1299] UNKNOWN[2100]';
const followed =
  'SYSCALL EXECVE CWD PATH PROCTITLE EOE AVC LOGIN CONFIG_CHANGE SOCKADDR BPF URINGOP EVENT_LISTENER ANOM_PROMISCUOUS ' +
  'ANOM_ABEND ANOM_LINK NETFILTER_CFG MAC_POLICY_LOAD SECCOMP UNKNOWN[1334] UNKNOWN[1420] UNKNOWN[3000] USERS';

test('what user space writes is an event on its own', () => {
  for (const type of alone.split(' ')) assert.equal(standsAlone(type), true, type);
});

test('what the kernel writes may be followed by more', () => {
  for (const type of followed.split(' ')) assert.equal(standsAlone(type), false, type);
});

test('any number of types from the input', () => {
  for (let n = 0; n < 5000; n++) assert.equal(standsAlone(`USER_${n}`), true);
  for (let n = 0; n < 5000; n++) assert.equal(standsAlone(`NEW_${n}`), false);
});
