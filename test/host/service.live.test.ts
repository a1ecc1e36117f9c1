import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { runInContainer, whyNoContainer } from '../support/container.ts';

const unitPath = new URL('../../systemd/sigmond.service', import.meta.url).pathname;
const executable = new URL('../../bin/sigmond', import.meta.url).pathname;

const noAnalyze = spawnSync('systemd-analyze', ['--version']).status !== 0 && 'needs systemd-analyze';
test(`systemd finds nothing to object to in the unit${noAnalyze ? ` (${noAnalyze})` : ''}`, {
  skip: noAnalyze,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sigmond-unit-'));
  try {
    const path = join(dir, 'sigmond.service');
    await writeFile(path, (await readFile(unitPath, 'utf8')).replaceAll('/usr/bin/sigmond', executable));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
    assert.deepEqual({ status, printed: stdout + stderr }, { status: 0, printed: '' });
  } finally {
    await rm(dir, { recursive: true });
  }
});

const noContainer = whyNoContainer();
describe(`under a real systemd${noContainer ? ` (${noContainer})` : ''}`, { skip: noContainer !== undefined }, () => {
  const facts = new Map<string, string>();

  before(async () => {
    const unit = await readFile(unitPath, 'utf8');
    const printed = await runInContainer({ units: { 'sigmond.service': unit }, script, timeoutMs: 60_000 });
    for (const line of printed.split('\n')) {
      const [, name, value] = /^fact (\S+) (.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) facts.set(name, value);
    }
    assert.ok(facts.has('end'), printed);
  });

  const expected: readonly (readonly [what: string, fact: string, value: RegExp])[] = [
    ['is starting until it says that it is ready', 'before-ready', /^activating start$/],
    ['is running after that', 'after-ready', /^active running$/],
    ['says what it does', 'status', /\d+ rules?/],
    ['is its own main process, not a helper', 'main-process', /\bdist\/main\.js run$/],
    ['can read what belongs to others, and no more', 'capabilities', /^0{8}40080004$/],
    ['has folders of its own that are closed to others', 'folders', /^700 700 700$/],
    ['can write nowhere else', 'elsewhere', /^none$/],
    ['reloads on SIGHUP and stays the same process', 'reload', /^active same$/],
    ['says that it is stopping', 'stopping', /^1$/],
    ['stops cleanly', 'stopped', /^inactive success 0$/],
    ['does not start again and again with a broken configuration', 'broken', /^failed exit-code 78$/],
  ];
  for (const [what, fact, value] of expected) {
    test(what, () => assert.match(facts.get(fact) ?? 'absent', value));
  }
});

// Reading the configuration from a pipe holds the agent where it is not ready yet for as long as the script wants.
const script = `
fact() { echo "fact $*"; }
show() { systemctl show --value --property="$1" sigmond.service; }
until_() { for _ in $(seq 200); do "$@" && return; sleep 0.1; done; echo "in vain: $*"; systemctl status sigmond; exit 1; }
sub_is() { [ "$(show SubState)" = "$1" ]; }

ln -s "$ROOT/bin/sigmond" /usr/bin/sigmond
mkdir -p /etc/sigmond
mkfifo /etc/sigmond/sigmond.yaml
systemctl set-environment PATH="$(dirname "$(command -v node)"):$PATH"

systemctl start --no-block sigmond.service
until_ sub_is start
main=$(show MainPID)
until_ grep -q dist/main.js "/proc/$main/cmdline"
sleep 1
fact before-ready "$(show ActiveState) $(show SubState)"

config() {
  echo "rules: {paths: [$ROOT/config/rules]}"
  echo 'sources: {audit_log: {enabled: false}}'
  echo 'sinks: [{name: local, type: file, path: /var/log/sigmond/alerts.jsonl}]'
}
config >/etc/sigmond/sigmond.yaml
rm /etc/sigmond/sigmond.yaml
config >/etc/sigmond/sigmond.yaml
until_ sub_is running
fact after-ready "$(show ActiveState) $(show SubState)"
fact status "$(show StatusText)"
main=$(show MainPID)
fact main-process "$(tr '\\0' ' ' <"/proc/$main/cmdline" | sed 's/ $//')"
fact capabilities "$(sed -n 's/^CapBnd:.//p' "/proc/$main/status")"
fact folders $(stat -c %a /var/lib/sigmond /run/sigmond /var/log/sigmond)
fact elsewhere "$(nsenter -t "$main" -m sh -c 'for d in /etc /usr /var/lib /tmp /home /root /run; do touch $d/x && echo $d; done; echo none' 2>/dev/null)"

systemctl reload sigmond.service
sleep 1
[ "$(show MainPID)" = "$main" ] && fact reload "$(show ActiveState) same"

systemctl stop sigmond.service
fact stopped "$(show ActiveState) $(show Result) $(show ExecMainStatus)"
journalctl --sync
fact stopping "$(journalctl --output=cat _PID=1 | grep 'sigmond.service: Got notification' | grep -c STOPPING=1)"

echo 'rules: {paths: 7}' >/etc/sigmond/sigmond.yaml
systemctl start sigmond.service || true
sleep 3
fact broken "$(show ActiveState) $(show Result) $(show ExecMainStatus)"
fact end true
`;
