import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTypeName } from '../../src/text/record-type-names.ts';

/** One of each run, its ends, and what lies between. */
const names: readonly (readonly [number, string])[] = [
  [1006, 'LOGIN'],
  [1100, 'USER_AUTH'],
  [1112, 'USER_LOGIN'],
  [1123, 'USER_CMD'],
  [1130, 'SERVICE_START'],
  [1138, 'SOFTWARE_UPDATE'],
  [1200, 'DAEMON_START'],
  [1204, 'UNKNOWN[1204]'],
  [1209, 'DAEMON_ERR'],
  [1300, 'SYSCALL'],
  [1302, 'PATH'],
  [1305, 'CONFIG_CHANGE'],
  [1307, 'CWD'],
  [1309, 'EXECVE'],
  [1319, 'TTY'],
  [1320, 'EOE'],
  [1326, 'SECCOMP'],
  [1327, 'PROCTITLE'],
  [1330, 'KERN_MODULE'],
  [1334, 'BPF'],
  [1335, 'EVENT_LISTENER'],
  [1339, 'DM_EVENT'],
  [1340, 'UNKNOWN[1340]'],
  [1400, 'AVC'],
  [1416, 'MAC_UNLBL_STCADD'],
  [1420, 'UNKNOWN[1420]'],
  [1424, 'LANDLOCK_DOMAIN'],
  [1503, 'UNKNOWN[1503]'],
  [1703, 'ANOM_CREAT'],
  [1807, 'INTEGRITY_POLICY_RULE'],
  [2000, 'KERNEL'],
  [2121, 'ANOM_SESSION'],
  [2215, 'RESP_ORIGIN_UNBLOCK_TIMED'],
  [2313, 'USER_MAC_STATUS'],
  [2404, 'CRYPTO_KEY_USER'],
  [2507, 'VIRT_MIGRATE_OUT'],
];
for (const [type, name] of names) test(`${type} is ${name}`, () => assert.equal(recordTypeName(type), name));
