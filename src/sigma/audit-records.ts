/** What audit records hold, as far as it decides whether a rule can ever match: types, their fields, what makes them. */

export interface AuditRecordType {
  /**
   * What has the kernel or a program write it: system calls that an audit rule has to record (`any`: whichever it is), the
   * kernel by itself, keystrokes that pam_tty_audit has to ask for, or a program.
   */
  readonly from: { readonly calls: readonly string[] | 'any' } | 'kernel' | 'keystrokes' | 'program';
  /** Fields of its records; undefined where any that audit knows may stand. */
  readonly fields: ReadonlySet<string> | undefined;
}

/** Whether audit has a field of this name. */
export function isAuditField(name: string): boolean {
  return /^a\d{1,7}(?:_len)?$/.test(name) || fieldNames.has(name);
}

export function auditFields(): ReadonlySet<string> {
  return fieldNames;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Names of audit-documentation's field dictionary, those that records have and it leaves out, and in capitals those that
 * auditd adds (log_format=ENRICHED). a0 and so on are in isAuditField.
 */
const fieldNames: ReadonlySet<string> = new Set(
  words(`
    a0 a1 a2 a3 acct acl action added addr apparmor arch argc audit_backlog_limit audit_backlog_wait_time audit_enabled
    audit_failure audit_pid auid banners bool bus cap_fe cap_fi cap_fp cap_frootid cap_fver cap_pa cap_pe cap_pi cap_pp capability
    category cgroup changed cipher class cmd code comm compat cwd daddr data default-context denied_mask dev device dir
    direction dmac dport egid enforcing entries error errno euid exe exit fam family fd fd0 fd1 fe feature fi file flags
    format fp frootid fsgid fsuid fsuuid fver gid grantors grp hash hook hostname icmp_type id igid img-ctx inif info ino
    inode inode_gid inode_uid invalid_context ioctlcmd ip ipid ipx-net item items iuid kernel key key_enforce kind ksize
    label laddr len list lport mac macproto maj major mask minor mode model mountpoint mqdes msg msg_len msg_prio name namespace
    nametype nargs net new new-auid new-chardev new-disk new-enabled new-fs new-level new-log_passwd new-mem new-net
    new-range new-rng new-role new-ses new-seuser new-vcpu new_enforcing new_gid new_lock new_pa new_pe new_pi new_pp
    nl-mcgrp nlnk-fam nlnk-grp nlnk-pid oauid obj obj_gid obj_uid ocomm offset oflag ogid old old-auid old-chardev old-disk
    old-enabled old-fs old-level old-log_passwd old-mem old-net old-range old-rng old-role old-ses old-seuser old-vcpu
    old_enforcing old_lock old_pa old_pe old_pi old_pp old_prom old_val op opid oses ouid outif pa parent path pe peer
    peer_addr per perm perm_mask permissive pfs pi pid pp ppid printer proctitle prog-id prom proto qbytes range rdev reason
    removed requested_mask res resolve resrc result role root_dir rport saddr saddr_fam sauid scontext selected-context seperm seperms
    seqno seresult ses seuser sgid sig sigev_signo smac spid sport src srcname state subj subj_apparmor success suid sw
    sw_type syscall table tclass tcontext terminal tty type uid unit uri uring_op user uuid val ver virt vm vm-ctx vm-pid
    watch
    ARCH SYSCALL AUID UID GID EUID SUID FSUID EGID SGID FSGID OUID OGID OAUID SAUID IUID IGID OBJ_UID OBJ_GID INODE_UID
    INODE_GID OLD-AUID SADDR ID NEW_GID
  `),
);

const fieldsOf = (text: string): ReadonlySet<string> => new Set(['type', ...words(text)]);

const path = words(`
  open openat openat2 open_by_handle_at creat truncate truncate64 mkdir mkdirat mknod mknodat rmdir unlink unlinkat link
  linkat symlink symlinkat rename renameat renameat2 readlink readlinkat chmod fchmod fchmodat fchmodat2 chown chown32
  lchown lchown32 fchown fchown32 fchownat utime utimes futimesat utimensat access faccessat faccessat2 stat stat64 lstat
  lstat64 newfstatat fstatat64 statx statfs statfs64 chdir fchdir chroot pivot_root mount umount umount2 swapon swapoff acct
  uselib execve execveat setxattr lsetxattr fsetxattr setxattrat getxattr lgetxattr fgetxattr getxattrat listxattr
  llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat inotify_add_watch fanotify_mark
  name_to_handle_at quotactl bind connect mq_open mq_unlink move_mount open_tree fspick
`);

/** Of system calls, with the fields that rules look for; their order in an event is SYSCALL, the others, PROCTITLE. */
const ofCalls: readonly (readonly [name: string, calls: readonly string[] | 'any', fields: string | undefined])[] = [
  [
    'SYSCALL',
    'any',
    `arch syscall per success exit a0 a1 a2 a3 items ppid pid auid uid gid euid suid fsuid egid sgid fsgid tty ses comm exe
     subj subj_apparmor key ARCH SYSCALL AUID UID GID EUID SUID FSUID EGID SGID FSGID`,
  ],
  ['PROCTITLE', 'any', 'proctitle'],
  ['CWD', path, 'cwd'],
  [
    'PATH',
    path,
    `item name inode dev mode ouid ogid rdev obj objtype nametype cap_fp cap_fi cap_fe cap_fver cap_frootid OUID OGID`,
  ],
  ['BPRM_FCAPS', ['execve', 'execveat'], undefined],
  [
    'SOCKADDR',
    words('connect bind accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg getsockname getpeername'),
    'saddr SADDR',
  ],
  ['SOCKETCALL', ['socketcall'], 'nargs a0 a1 a2 a3 a4 a5'],
  ['FD_PAIR', ['pipe', 'pipe2', 'socketpair'], 'fd0 fd1'],
  ['MMAP', ['mmap', 'mmap2'], 'fd flags'],
  ['CAPSET', ['capset'], 'pid cap_pi cap_pp cap_pe cap_pa'],
  ['KERN_MODULE', ['init_module', 'finit_module', 'delete_module'], 'name'],
  ['OBJ_PID', words('kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal ptrace'), undefined],
  ['IPC', words('msgget msgctl msgsnd msgrcv semget semctl semop semtimedop shmget shmctl shmat ipc'), undefined],
  ['IPC_SET_PERM', ['msgctl', 'semctl', 'shmctl', 'ipc'], undefined],
  ['MQ_OPEN', ['mq_open'], undefined],
  ['MQ_SENDRECV', words('mq_timedsend mq_timedreceive mq_timedsend_time64 mq_timedreceive_time64'), undefined],
  ['MQ_NOTIFY', ['mq_notify'], undefined],
  ['MQ_GETSETATTR', ['mq_getsetattr'], undefined],
  ['OPENAT2', ['openat2'], undefined],
];

/** Of system calls too, but written without an audit rule. */
const seccompFields = fieldsOf(
  'auid uid gid ses subj pid comm exe sig arch syscall compat ip code ARCH SYSCALL AUID UID GID',
);

/** The kernel writes these of its own accord (security modules, changes of audit, anomalies). */
const ofKernel = words(`
  LOGIN CONFIG_CHANGE KERNEL_OTHER NETFILTER_PKT NETFILTER_CFG FEATURE_CHANGE REPLACE FANOTIFY TIME_INJOFFSET
  TIME_ADJNTPVAL BPF EVENT_LISTENER URINGOP DM_CTRL DM_EVENT AVC SELINUX_ERR AVC_PATH MAC_POLICY_LOAD MAC_STATUS
  MAC_CONFIG_CHANGE MAC_UNLBL_ALLOW MAC_CIPSOV4_ADD MAC_CIPSOV4_DEL MAC_MAP_ADD MAC_MAP_DEL MAC_IPSEC_ADDSA
  MAC_IPSEC_DELSA MAC_IPSEC_ADDSPD MAC_IPSEC_DELSPD MAC_IPSEC_EVENT MAC_UNLBL_STCADD MAC_UNLBL_STCDEL MAC_CALIPSO_ADD
  MAC_CALIPSO_DEL AA APPARMOR APPARMOR_AUDIT APPARMOR_ALLOWED APPARMOR_DENIED APPARMOR_HINT APPARMOR_STATUS APPARMOR_ERROR
  APPARMOR_KILL ANOM_PROMISCUOUS ANOM_ABEND ANOM_LINK ANOM_CREAT INTEGRITY_DATA INTEGRITY_METADATA INTEGRITY_STATUS
  INTEGRITY_HASH INTEGRITY_PCR INTEGRITY_RULE INTEGRITY_EVM_XATTR INTEGRITY_POLICY_RULE IPE_ACCESS IPE_CONFIG_CHANGE
  IPE_POLICY_LOAD LANDLOCK_ACCESS LANDLOCK_DOMAIN KERNEL FS_WATCH
`);

/** Programs write these (PAM, shadow-utils, systemd, auditd), as soon as audit is on. */
const ofPrograms = words(`
  USER USER_AUTH USER_ACCT USER_MGMT CRED_ACQ CRED_DISP USER_START USER_END USER_AVC USER_CHAUTHTOK USER_ERR CRED_REFR
  USYS_CONFIG USER_LOGIN USER_LOGOUT ADD_USER DEL_USER ADD_GROUP DEL_GROUP DAC_CHECK CHGRP_ID TEST TRUSTED_APP
  USER_SELINUX_ERR USER_CMD CHUSER_ID GRP_AUTH SYSTEM_BOOT SYSTEM_SHUTDOWN SYSTEM_RUNLEVEL SERVICE_START SERVICE_STOP
  GRP_MGMT GRP_CHAUTHTOK MAC_CHECK ACCT_LOCK ACCT_UNLOCK USER_DEVICE SOFTWARE_UPDATE DAEMON_START DAEMON_END DAEMON_ABORT
  DAEMON_CONFIG DAEMON_RECONFIG DAEMON_ROTATE DAEMON_RESUME DAEMON_ACCEPT DAEMON_CLOSE DAEMON_ERR ANOM_LOGIN_FAILURES
  ANOM_LOGIN_TIME ANOM_LOGIN_SESSIONS ANOM_LOGIN_ACCT ANOM_LOGIN_LOCATION ANOM_MAX_DAC ANOM_MAX_MAC ANOM_AMTU_FAIL
  ANOM_RBAC_FAIL ANOM_RBAC_INTEGRITY_FAIL ANOM_CRYPTO_FAIL ANOM_ACCESS_FS ANOM_EXEC ANOM_MK_EXEC ANOM_ADD_ACCT
  ANOM_DEL_ACCT ANOM_MOD_ACCT ANOM_ROOT_TRANS ANOM_LOGIN_SERVICE ANOM_LOGIN_ROOT ANOM_ORIGIN_FAILURES ANOM_SESSION
  RESP_ANOMALY RESP_ALERT RESP_KILL_PROC RESP_TERM_ACCESS RESP_ACCT_REMOTE RESP_ACCT_LOCK_TIMED RESP_ACCT_UNLOCK_TIMED
  RESP_ACCT_LOCK RESP_TERM_LOCK RESP_SEBOOL RESP_EXEC RESP_SINGLE RESP_HALT RESP_ORIGIN_BLOCK RESP_ORIGIN_BLOCK_TIMED
  RESP_ORIGIN_UNBLOCK RESP_ORIGIN_UNBLOCK_TIMED USER_ROLE_CHANGE ROLE_ASSIGN ROLE_REMOVE LABEL_OVERRIDE
  LABEL_LEVEL_CHANGE USER_LABELED_EXPORT USER_UNLABELED_EXPORT DEV_ALLOC DEV_DEALLOC FS_RELABEL USER_MAC_POLICY_LOAD
  ROLE_MODIFY USER_MAC_CONFIG_CHANGE USER_MAC_STATUS CRYPTO_TEST_USER CRYPTO_PARAM_CHANGE_USER CRYPTO_LOGIN CRYPTO_LOGOUT
  CRYPTO_KEY_USER CRYPTO_FAILURE_USER CRYPTO_REPLAY_USER CRYPTO_SESSION CRYPTO_IKE_SA CRYPTO_IPSEC_SA VIRT_CONTROL
  VIRT_RESOURCE VIRT_MACHINE_ID VIRT_INTEGRITY_CHECK VIRT_CREATE VIRT_DESTROY VIRT_MIGRATE_IN VIRT_MIGRATE_OUT
`);

/**
 * All record types by name.
 *
 * @see audit-userspace lib/msg_typetab.h
 */
export const auditRecordTypes: ReadonlyMap<string, AuditRecordType> = new Map<string, AuditRecordType>([
  // Arguments may be any number; sigmond gives the record nothing else.
  ['EXECVE', { from: { calls: ['execve', 'execveat'] }, fields: fieldsOf('argc') }],
  ...ofCalls.map(([name, calls, fields]): [string, AuditRecordType] => [
    name,
    { from: { calls }, fields: fields === undefined ? undefined : fieldsOf(fields) },
  ]),
  ['SECCOMP', { from: 'kernel', fields: seccompFields }],
  ...['TTY', 'USER_TTY'].map((name): [string, AuditRecordType] => [name, { from: 'keystrokes', fields: undefined }]),
  ...ofKernel.map((name): [string, AuditRecordType] => [name, { from: 'kernel', fields: undefined }]),
  ...ofPrograms.map((name): [string, AuditRecordType] => [name, { from: 'program', fields: undefined }]),
]);
