import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/model/errors.ts';

const path = '/etc/sigmond/x.yaml';

test('an empty file, a comment and an empty document are all defaults', () => {
  const config = loadConfig(path, '');
  assert.deepEqual(config, {
    path,
    warnings: [],
    stateDir: '/var/lib/sigmond',
    rules: { paths: ['/etc/sigmond/rules'], placeholders: new Map() },
    sources: {
      auditLog: { path: '/var/log/audit/audit.log', enabled: true, start: 'resume' },
      auditSocket: { enabled: false, paths: ['/run/audit/audispd_events', '/var/run/audispd_events'] },
      standardInput: { enabled: false },
      procScan: { enabled: true, intervalMs: 2000 },
      logs: [],
    },
    controlSocket: undefined,
    canary: { enabled: true, intervalMs: 60_000 },
    log: { level: 'info' },
    sinks: [
      {
        name: 'stdout',
        type: 'stdout',
        format: 'auto',
        queueSize: 10_000,
        timeoutMs: 10_000,
        batchSize: 100,
        maxAttempts: 0,
      },
    ],
  });
  for (const text of ['# nothing\n', '---\n', '{}', 'null']) assert.deepEqual(loadConfig(path, text), config);
});

test('the example of the contract loads, with the keys of later releases warned about', () => {
  const config = loadConfig(
    path,
    `state_dir: /var/lib/sigmond
rules:
  paths: [/etc/sigmond/rules]
sources:
  audit_log: {path: /var/log/audit/audit.log, enabled: true, start: resume}
  proc_scan: {enabled: true, interval_ms: 2000}
control: {socket: /run/sigmond/control.sock}
alerts: {rollup_window_ms: 60000, storm_limit_per_minute: 600}
sinks:
  - {name: local, type: file, path: /var/log/sigmond/alerts.jsonl}
  - {name: soc, type: webhook, url: "http://127.0.0.1:8080/hook", format: native}
  - {name: syslog, type: syslog, address: "udp://127.0.0.1:514", format: rfc5424}
`,
  );
  assert.deepEqual(
    config.warnings.map(({ at, text, severity }) => [severity, at.line, at.column, text.split(' ')[0]]),
    [['warning', 8, 1, "'alerts'"]],
  );
  const delivery = { queueSize: 10_000, timeoutMs: 10_000, maxAttempts: 0 };
  assert.deepEqual(config.sinks, [
    { ...delivery, name: 'local', type: 'file', path: '/var/log/sigmond/alerts.jsonl', batchSize: 100 },
    {
      ...delivery,
      name: 'soc',
      type: 'webhook',
      url: 'http://127.0.0.1:8080/hook',
      format: 'native',
      headers: {},
      batchSize: 1,
    },
    {
      ...delivery,
      name: 'syslog',
      type: 'syslog',
      address: { protocol: 'udp', host: '127.0.0.1', port: 514 },
      format: 'rfc5424',
      facility: 10,
      batchSize: 100,
    },
  ]);
});

test('relative paths start at the folder of the file', () => {
  const config = loadConfig(
    '/srv/agent/x.yaml',
    'state_dir: state\nrules: {paths: [rules, ../more]}\nsources: {audit_log: {path: a.log}}\nsinks: [{type: file, path: out.jsonl}]',
  );
  assert.equal(config.stateDir, '/srv/agent/state');
  assert.deepEqual(config.rules.paths, ['/srv/agent/rules', '/srv/more']);
  assert.equal(config.sources.auditLog.path, '/srv/agent/a.log');
  assert.deepEqual(
    config.sinks.map((sink) => sink.type === 'file' && sink.path),
    ['/srv/agent/out.jsonl'],
  );
});

test('placeholders keep their names and the kinds of their values', () => {
  const { rules } = loadConfig(path, 'rules: {placeholders: {Servers: [srv*, "7", 0x10], constructor: [x]}}');
  assert.deepEqual(
    rules.placeholders,
    new Map<string, (string | number)[]>([
      ['Servers', ['srv*', '7', 16]],
      ['constructor', ['x']],
    ]),
  );
});

test('every key of a sink reaches the configuration', () => {
  const [sink] = loadConfig(
    path,
    'sinks: [{type: webhook, name: n, url: "https://h/x", queue_size: 1, timeout_ms: 100, batch_size: 2, max_attempts: 3, headers: {a: b}}]',
  ).sinks;
  assert.deepEqual(sink, {
    name: 'n',
    type: 'webhook',
    url: 'https://h/x',
    format: 'native',
    headers: { a: 'b' },
    queueSize: 1,
    timeoutMs: 100,
    batchSize: 2,
    maxAttempts: 3,
  });
});

for (const [address, expected] of [
  ['udp://127.0.0.1', { protocol: 'udp', host: '127.0.0.1', port: 514 }],
  ['tcp://logs.example.org:6514', { protocol: 'tcp', host: 'logs.example.org', port: 6514 }],
  ['udp://[::1]:1514', { protocol: 'udp', host: '::1', port: 1514 }],
  ['tcp://h:601/', { protocol: 'tcp', host: 'h', port: 601 }],
] as const) {
  test(`syslog address ${address}`, () => {
    const [sink] = loadConfig(path, `sinks: [{type: syslog, address: "${address}", facility: local7}]`).sinks;
    assert.ok(sink?.type === 'syslog');
    assert.deepEqual(sink.address, expected);
    assert.equal(sink.facility, 23);
  });
}

const mistakes: readonly (readonly [text: string, problem: string])[] = [
  ['state_dirs: /x', "1:1: unknown key 'state_dirs' (did you mean 'state_dir'?)"],
  ['sources: {audit_log: {strat: end}}', "1:23: unknown key 'strat' in sources.audit_log (did you mean 'start'?)"],
  ['log: {colour: true}', "1:7: unknown key 'colour' in log (known here: level)"],
  ['__proto__: {}', "1:1: unknown key '__proto__'"],
  ['log:\n  level: loud', '2:10: log.level: wanted one of error, warn, info, debug, found the text "loud"'],
  [
    'sources: {audit_log: {start: begining}}',
    '1:30: sources.audit_log.start: wanted one of resume, beginning, end, found the text "begining" (did you mean \'beginning\'?)',
  ],
  [
    'sources: {proc_scan: {enabled: yes}}',
    '1:32: sources.proc_scan.enabled: wanted true or false, found the text "yes"',
  ],
  ['sources: {proc_scan: {interval_ms: 5}}', '1:36: sources.proc_scan.interval_ms: wanted 100 or more, found 5'],
  [
    'sources: {proc_scan: {interval_ms: 1e9}}',
    '1:36: sources.proc_scan.interval_ms: wanted 3600000 or less, found 1000000000',
  ],
  ['sources: {proc_scan: {interval_ms: 2.5}}', '1:36: sources.proc_scan.interval_ms: wanted a whole number, found 2.5'],
  [
    'sources: {proc_scan: {interval_ms: 2s}}',
    '1:36: sources.proc_scan.interval_ms: wanted a whole number, found the text "2s"',
  ],
  ['state_dir: 5', '1:12: state_dir: wanted text, found 5'],
  ['state_dir: ""', '1:12: state_dir: the path is empty'],
  ['state_dir: ~/x', "1:12: state_dir: '~' is not expanded here; write the whole path"],
  [
    'rules:\n  # all gone\n',
    '1:7: rules: wanted a map of keys and values, found nothing (remove the key to have its default)',
  ],
  ['rules: {paths: rules}', '1:16: rules.paths: wanted a list, found the text "rules"'],
  ['rules: {paths: []}', '1:16: rules.paths: wanted at least 1 in the list, found an empty list'],
  ['rules: {paths: [a, {b: c}]}', '1:20: rules.paths[1]: wanted text, found a map'],
  ['rules: {placeholders: {a: b}}', '1:27: rules.placeholders.a: wanted a list, found the text "b"'],
  ['rules: {placeholders: {a: []}}', '1:27: rules.placeholders.a: wanted at least 1 in the list, found an empty list'],
  [
    'rules: {placeholders: {a: [b, {}]}}',
    '1:31: rules.placeholders.a[1]: a value of a placeholder is text or a number',
  ],
  ["rules: {placeholders: {'%a%': [b]}}", "1:24: rules.placeholders.%a%: write the name without its '%'"],
  ['- a', '1:1: wanted a map of keys and values, found a list'],
  ['hello', '1:1: wanted a map of keys and values, found the text "hello"'],
  ['control: {socket: 5}', '1:19: control.socket: wanted text, found 5'],
  ['alerts: {rollup_window_ms: -1}', '1:28: alerts.rollup_window_ms: wanted 0 or more, found -1'],
  ['sinks:\n  - name: a', "2:5: sinks[0]: the key 'type' is missing; wanted one of stdout, file, syslog, webhook"],
  [
    'sinks: [{type: webhok}]',
    '1:16: sinks[0].type: wanted one of stdout, file, syslog, webhook, found the text "webhok" (did you mean \'webhook\'?)',
  ],
  ['sinks: [{type: file}]', "1:9: sinks[0]: the key 'path' is missing; wanted text"],
  ['sinks: [{type: file, url: x, path: y}]', "1:22: unknown key 'url' in sinks[0] (known here:"],
  ['sinks: [7]', '1:9: sinks[0]: wanted a map of keys and values, found 7'],
  [
    'sinks: [{type: stdout, name: a/b}]',
    '1:30: sinks[0].name: a name has 1 to 64 letters, digits, dots, underscores and hyphens',
  ],
  ['sinks: [{type: stdout}, {type: stdout}]', "1:25: another sink is named 'stdout'; give each a 'name' of its own"],
  [
    'sinks: [{type: stdout}, {type: file, path: x, name: stdout}]',
    "1:53: another sink is named 'stdout'; give each a 'name' of its own",
  ],
  ['sinks: [{type: stdout, queue_size: 0}]', '1:36: sinks[0].queue_size: wanted 1 or more, found 0'],
  ['sinks: [{type: stdout, batch_size: 1001}]', '1:36: sinks[0].batch_size: wanted 1000 or less, found 1001'],
  ['sinks: [{type: syslog, address: "tls://h:6514"}]', '1:33: sinks[0].address: tls:// comes in a later release'],
  ['sinks: [{type: syslog, address: "unix:///dev/log"}]', '1:33: sinks[0].address: unix:// comes in a later release'],
  [
    'sinks: [{type: syslog, address: "http://h"}]',
    "1:33: sinks[0].address: syslog cannot use 'http://': wanted udp://HOST:PORT",
  ],
  ['sinks: [{type: syslog, address: "udp://"}]', "1:33: sinks[0].address: 'udp://' is not an address"],
  ['sinks: [{type: syslog, address: "udp://h:99999"}]', "1:33: sinks[0].address: 'udp://h:99999' is not an address"],
  ['sinks: [{type: syslog, address: "udp://h/path"}]', "1:33: sinks[0].address: 'udp://h/path' is not an address"],
  ['sinks: [{type: syslog, address: "localhost:514"}]', "1:33: sinks[0].address: syslog cannot use 'localhost://'"],
  ['sinks: [{type: syslog, address: "10.0.0.1:514"}]', "1:33: sinks[0].address: '10.0.0.1:514' is not an address"],
  [
    'sinks: [{type: syslog, address: "udp://h", facility: local9}]',
    '1:54: sinks[0].facility: wanted one of kern, user,',
  ],
  [
    'sinks: [{type: syslog, address: "udp://h", format: cef}]',
    '1:52: sinks[0].format: wanted rfc5424, found the text "cef"',
  ],
  ['sinks: [{type: webhook, url: "ftp://x"}]', "1:30: sinks[0].url: 'ftp://x' is not a URL that starts with http://"],
  ['sinks: [{type: webhook, url: "http://u:p@x"}]', '1:30: sinks[0].url: no user or password in the URL'],
  [
    'sinks: [{type: webhook, url: "http://x", headers: {"a b": c}}]',
    "1:52: sinks[0].headers.a b: 'a b' is not a header name",
  ],
  [
    'sinks: [{type: webhook, url: "http://x", headers: {Webhook-Id: c}}]',
    "1:52: sinks[0].headers.Webhook-Id: sigmond sets the header 'Webhook-Id' itself",
  ],
  [
    'sinks: [{type: webhook, url: "http://x", headers: {a: "b\\nc: d"}}]',
    '1:55: sinks[0].headers.a: a header cannot hold a line break',
  ],
  ['sinks: [{type: webhook, url: "http://x", headers: {a: 5}}]', '1:55: sinks[0].headers.a: wanted text, found 5'],
  ['state_dir: a\nstate_dir: b', '2:1: this key is here twice'],
  ['state_dir: a\n---\nstate_dir: b', '2:1: a second document starts here; a configuration is one document'],
  ['log: {level: info', '1:18: not valid YAML:'],
  ['log:\n\tlevel: info', '2:1: a tab cannot indent YAML; use spaces'],
  ['log: !secret {level: info}', '1:6: not valid YAML: Unresolved tag: !secret'],
  ['log: &l {level: info}\nalerts: *l', '2:9: an alias (*name) cannot be used here; write the value out'],
  ['log: *l', '1:6: an alias (*name) cannot be used here; write the value out'],
  [`log: ${'['.repeat(100_000)}`, '1:1: nested more than 100 levels deep'],
  [`${'- '.repeat(50_000)}a`, '1:1: nested more than 100 levels deep'],
];
for (const [text, problem] of mistakes) {
  test(`${JSON.stringify(text.slice(0, 90))} is told as ${problem.slice(0, 60)}`, () => {
    const [first, ...rest] = problemsOf(text);
    assert.ok(first?.startsWith(`${path}:${problem}`), `told instead: ${first}`);
    assert.deepEqual(rest, []);
  });
}

test('all problems of a file are told at once, in its order', () => {
  const problems = problemsOf(`state_dirs: /x
sinks:
  - {type: stdout, format: html}
  - {type: stdout}
  - {type: webhook}
  - {type: nothing}
sources: {proc_scan: {interval_ms: 1}}
log: {level: info}
log: {}
`);
  assert.deepEqual(
    problems.map((problem) =>
      problem
        .slice(path.length + 1)
        .split(':', 2)
        .join(':'),
    ),
    ['1:1', '3:28', '4:5', '5:5', '6:12', '7:36', '9:1'],
  );
});

test('a sink that nothing reaches and an agent without sources are warned about', () => {
  const { warnings } = loadConfig(
    path,
    'sinks: []\nsources: {audit_log: {enabled: false}, proc_scan: {enabled: false}}',
  );
  assert.deepEqual(
    warnings.map(({ at, text }) => [at.line, text]),
    [
      [2, 'no source is enabled; nothing will be seen'],
      [1, 'no sink is configured; alerts go nowhere'],
    ],
  );
});

test('any text gives a configuration or located problems, never another error', () => {
  const word = fc.constantFrom(
    'sinks',
    'type',
    'stdout',
    ': ',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    '*a',
    '&a ',
    '"',
    '?',
    '|',
    '\t',
    '__proto__',
    '!',
    '0',
    '#',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
  );
  fc.assert(
    fc.property(text, (yaml) => {
      try {
        loadConfig(path, yaml);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.ok(error.problems.length > 0);
        const lineCount = yaml.split('\n').length;
        for (const { at } of error.problems) {
          assert.ok(at.line >= 1 && at.line <= lineCount && at.column >= 1, JSON.stringify(at));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

function problemsOf(text: string): readonly string[] {
  try {
    loadConfig(path, text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n');
  }
  assert.fail('the text was taken for good');
}

test('text logs have one service or several, and paths from the folder of the file', () => {
  const { sources } = loadConfig(
    path,
    `sources:
  logs:
    - {path: /var/log/auth.log, service: [auth, sshd]}
    - {path: cron.log, service: cron, product: linux, start: beginning}
`,
  );
  assert.deepEqual(sources.logs, [
    { path: '/var/log/auth.log', services: ['auth', 'sshd'], product: 'linux', start: 'resume' },
    { path: '/etc/sigmond/cron.log', services: ['cron'], product: 'linux', start: 'beginning' },
  ]);
});

const wrongLogs: readonly (readonly [entry: string, problem: string])[] = [
  ['{path: /a}', "3:7: sources.logs[0]: the key 'service' is missing; wanted a list"],
  ['{service: sshd}', "3:7: sources.logs[0]: the key 'path' is missing; wanted text"],
  ['{path: /a, service: 5}', '3:27: sources.logs[0].service: wanted a list, found 5'],
  ['{path: /a, service: []}', '3:27: sources.logs[0].service: wanted at least 1 in the list, found an empty list'],
  [
    '{path: /a, service: [sshd, "ss hd"]}',
    '3:34: sources.logs[0].service[1]: a service is named as in the logsource of rules, such as sshd, auth or syslog',
  ],
  ['{path: /a, service: auditd}', '3:27: sources.logs[0].service[0]: records of auditd come from sources.audit_log'],
  [
    '{path: /a, service: sshd, product: "a b"}',
    '3:42: sources.logs[0].product: a product is named as in the logsource of rules, such as linux',
  ],
  ['{path: /a, services: sshd}', "3:18: unknown key 'services' in sources.logs[0] (did you mean 'service'?)"],
  [
    '{path: /var/log/audit/audit.log, service: auth}',
    '3:14: /var/log/audit/audit.log is followed already; a log with several services has a list: service: [auth, sshd]',
  ],
];
for (const [entry, problem] of wrongLogs) {
  test(`a text log that is wrong: ${entry}`, () => {
    assert.throws(
      () => loadConfig(path, `sources:\n  logs:\n    - ${entry}\n`),
      (error: unknown) => error instanceof ConfigError && error.message.includes(`${path}:${problem}`),
    );
  });
}

test('what a sink writes is not followed', () => {
  const text = 'sources: {logs: [{path: a.jsonl, service: auth}]}\nsinks: [{type: file, path: a.jsonl}]\n';
  assert.throws(
    () => loadConfig(path, text),
    (error: unknown) =>
      error instanceof ConfigError && error.message.startsWith(`${path}:1:25: /etc/sigmond/a.jsonl is written`),
  );
});

test('a file that is listed twice is named the second time', () => {
  assert.throws(
    () => loadConfig(path, 'sources:\n  logs:\n    - {path: a, service: auth}\n    - {path: ./a, service: sshd}\n'),
    (error: unknown) => error instanceof ConfigError && error.message.startsWith(`${path}:4:14: /etc/sigmond/a is`),
  );
});
