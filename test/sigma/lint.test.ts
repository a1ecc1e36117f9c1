import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadRules } from '../../src/sigma/load.ts';
import { parse, ruleText } from './support.ts';

const processCreation = 'category: process_creation';

describe('names in a rule', () => {
  const cases: readonly (readonly [what: string, logsource: string, item: string, warning: string | undefined])[] = [
    ['a field of the taxonomy', processCreation, 'CommandLine: x', undefined],
    ['one that only sigmond has', processCreation, 'CommandLineTruncated: x', undefined],
    ['one that only Windows feeds', processCreation, 'OriginalFileName: x', undefined],
    [
      'a misspelled one',
      processCreation,
      'CommandLin|contains: x',
      "7:9 no process_creation event has a field 'CommandLin' (did you mean 'CommandLine'?)",
    ],
    [
      'one in the wrong case',
      processCreation,
      'commandline: x',
      "7:9 no process_creation event has a field 'commandline' (did you mean 'CommandLine'?)",
    ],
    [
      'one of another kind',
      processCreation,
      'TargetFilename: x',
      "7:9 no process_creation event has a field 'TargetFilename'",
    ],
    [
      'the field that a fieldref names',
      processCreation,
      'Image|fieldref: ParentImag',
      "7:9 no process_creation event has a field 'ParentImag' (did you mean 'ParentImage'?)",
    ],
    ['an argument by number', 'service: auditd', 'a12: x', undefined],
    ['what auditd adds', 'service: auditd', 'SYSCALL: x', undefined],
    [
      'audit names in the wrong case',
      'service: auditd',
      'Type: x',
      "7:9 no auditd event has a field 'Type' (did you mean 'type'?)",
    ],
    ['any field of a log', 'service: sshd', 'SrcIp: x', undefined],
    ['any short field without a service', 'product: linux', 'is: x, status: y', undefined],
    ['any field without a service', 'product: linux', 'RemoteAddress: x', undefined],
    [
      'a near one without a service',
      'product: linux',
      'Comandline: x',
      "7:9 no linux event has a field 'Comandline' (did you mean 'CommandLine'?)",
    ],
    ['fields of other systems', 'product: windows\n  category: process_creation', 'CommandLin: x', undefined],
    ['keywords', 'product: linux', 'keywords', undefined],
    [
      'a category',
      'category: proces_creation',
      'f: x',
      "5:13 unknown category 'proces_creation' (did you mean 'process_creation'?)",
    ],
    ['a product', 'product: Linux', 'f: x', "5:12 logsources are compared with case: write 'linux', not 'Linux'"],
    ['a near product', 'product: linx', 'f: x', "5:12 unknown product 'linx' (did you mean 'linux'?)"],
    ['a near service', 'service: audit-d', 'f: x', "5:12 unknown service 'audit-d' (did you mean 'auditd'?)"],
    ['a service of the user', 'service: ourapp', 'f: x', undefined],
    ['a product of the user', 'product: in-house', 'f: x', undefined],
  ];
  for (const [what, logsource, item, warning] of cases) {
    it(what, () => {
      const selection = item === 'keywords' ? 'sel: [x]' : `sel: {${item}}`;
      const { rules, problems } = parse(ruleText(`${selection}\ncondition: sel`, { logsource }));
      assert.equal(rules.length, 1);
      assert.deepEqual(problems, warning === undefined ? [] : [`warning ${warning}`]);
    });
  }

  it('are named once a field', () => {
    const { problems } = parse(
      ruleText('a: {Imag: x}\nb: {Imag: y}\ncondition: a or b', { logsource: processCreation }),
    );
    assert.equal(problems.length, 1);
  });

  it('are not judged where the rule has a taxonomy of its own', () => {
    const text = ruleText('sel: {process.executable: x}\ncondition: sel', { logsource: processCreation });
    const { problems } = parse(`taxonomy: ecs\n${text}`);
    assert.match(problems.join('\n'), /^warning 1:11 the taxonomy 'ecs' is not known here:[^\n]*$/);
  });

  it('are judged in filters too', () => {
    const text = ruleText('rules: any\nsel: {Usr: x}\ncondition: not sel', { logsource: processCreation }).replace(
      'detection:',
      'filter:',
    );
    assert.deepEqual(parse(text).problems, [
      "warning 8:9 no process_creation event has a field 'Usr' (did you mean 'User'?)",
    ]);
  });

  const corpus = join(import.meta.dirname, '../../../shared/corpus/sigmahq');
  it('of 1,733 public rules are all right', { skip: existsSync(corpus) ? false : 'no ../shared' }, async () => {
    const { problems } = await loadRules([corpus]);
    assert.deepEqual(
      problems.filter(({ text }) => / has a field |^unknown |compared with case/.test(text)),
      [],
    );
  });
});
