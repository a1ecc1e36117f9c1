import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { findDocuments, inForce } from '../../src/sigma/find-document.ts';
import { link } from '../../src/sigma/link.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import { ruleText } from './support.ts';

const rule = (id: string, title: string) =>
  ruleText('sel: {f: x}\ncondition: sel', { id }).replace('title: A rule', `title: ${title}`);
const documents = [
  ...parseDocuments(`${rule('0a1b2c3d-0000', 'Shell')}name: by-name\n`, 'rules/one.yml', createReport()),
  ...parseDocuments(
    `${rule('0a1b2c3d-1111', 'Shell of a Server')}---\n${rule('ffff', 'Shell and Rule 0a1b2c3d-0000')}`,
    'rules/two.yml',
    createReport(),
  ),
];

describe('findDocuments', () => {
  const rows: readonly [wanted: string, ids: readonly string[]][] = [
    ['0A1B2C3D-0000', ['0a1b2c3d-0000']],
    ['by-name', ['0a1b2c3d-0000']],
    ['rules/one.yml', ['0a1b2c3d-0000']],
    [resolve('rules/one.yml'), ['0a1b2c3d-0000']],
    ['./rules/two.yml', ['0a1b2c3d-1111', 'ffff']],
    ['shell', ['0a1b2c3d-0000']],
    ['SERVER', ['0a1b2c3d-1111']],
    ['shell ', ['0a1b2c3d-1111', 'ffff']],
    ['0a1b2c3d', ['0a1b2c3d-0000', '0a1b2c3d-1111']],
    ['0a1b2c3', ['ffff']],
    ['nothing', []],
    ['', []],
  ];
  for (const [wanted, ids] of rows) {
    it(`finds ${ids.length} for '${wanted}'`, () => {
      assert.deepEqual(
        findDocuments(wanted, documents).map(({ meta }) => meta.id),
        ids,
      );
    });
  }
});

describe('inForce', () => {
  it('leaves out a second document with the same id, and keeps rules as their files have them', () => {
    const filter = 'title: F\nid: i\nlogsource: {product: linux}\nfilter: {rules: any, sel: {g: y}, condition: sel}\n';
    const text = [rule('a', 'First'), rule('a', 'Second'), filter].join('---\n');
    const report = createReport();
    const parsed = parseDocuments(text, 'r.yml', report);
    const found = inForce({ documents: parsed, collection: link(parsed, report) });
    assert.deepEqual(
      found.map(({ meta }) => meta.title),
      ['First', 'F'],
    );
    assert.equal(found[0], parsed[0]);
  });
});
