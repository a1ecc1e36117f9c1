import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rule } from '../../src/sigma/rule.ts';
import { heapAfterCollection } from '../support/heap.ts';
import { type Figure, median } from './figure.ts';
import type { BenchInputs } from './inputs.ts';
import { attackEvents, type BenchEvent } from './match-events.ts';
import { built } from './replay.ts';

const { compileRule } = await built<typeof import('../../src/matching/compile.ts')>('matching/compile.js');
const { createEventView } = await built<typeof import('../../src/matching/event-view.ts')>('matching/event-view.js');
const { loadRules } = await built<typeof import('../../src/sigma/load.ts')>('sigma/load.js');
const { createIndexedRoute } = await built<typeof import('../../src/matching/route.ts')>('matching/route.js');
const { createRuleSet } = await built<typeof import('../../src/rule-set.ts')>('rule-set.js');
const { createPricing } = await built<typeof import('../../src/matching/witness.ts')>('matching/witness.js');
const { createCounters } = await built<typeof import('../../src/host/counters.ts')>('host/counters.js');

type RuleSet = ReturnType<typeof createRuleSet>;

const rounds = 7;
const eventsARound = 100_000;
const linearEventsARound = 10_000;
const commandLines = 200_000;

/** What rules cost: events a second, growth with their number, loading, and the whole `match` command. */
export async function benchMatch(inputs: BenchInputs): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-bench-'));
  try {
    const benign = readBenign(inputs, folder);
    const few = await measureLoad(inputs.rulePaths, 'as the command starts');
    const many = await measureLoad([...inputs.rulePaths, ...inputs.morePaths], 'after the others, so compiled');
    const rules = few.rules.filter(({ meta }) => meta.logsource.category === 'process_creation');
    const attack = attackEvents(rules, 20_000);
    const more = many.rules
      .filter(({ meta }) => meta.logsource.category === 'process_creation')
      .map((rule) => ({
        ...rule,
        meta: { ...rule.meta, logsource: { product: 'linux', category: 'process_creation' } },
      }));
    return [
      ...measureRates(rules, more, { benign, attack }),
      untouched(rules, benign),
      ...few.figures,
      ...many.figures,
      ...measureCommand(inputs, benign, folder),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The program starts of the log, as the engine sees them. */
function readBenign({ log, rulePaths }: BenchInputs, folder: string): readonly BenchEvent[] {
  const path = join(folder, 'audit.log');
  writeFileSync(path, log);
  const options = ['replay', ...rulePaths.flatMap((rules) => ['--rules', rules]), '--output', 'events', path];
  const printed = execFileSync(executable, options, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return printed
    .split('\n')
    .filter((line) => line.includes('"category":"process_creation"'))
    .map((line) => {
      const { logsource, fields } = JSON.parse(line) as BenchEvent;
      return { logsource, fields };
    });
}

const executable = new URL('../../bin/sigmond', import.meta.url).pathname;

function measureRates(
  few: readonly Rule[],
  more: readonly Rule[],
  events: Readonly<Record<'benign' | 'attack', readonly BenchEvent[]>>,
): readonly Figure[] {
  const setOf = (rules: readonly Rule[], index: boolean) => createRuleSet({ rules, correlations: [] }, { index });
  const indexed = setOf(few, true);
  const linear = setOf(few, false);
  const grown = more.length > few.length ? setOf(more, true) : undefined;
  return (['benign', 'attack'] as const).flatMap((kind) => {
    const rates: [indexed: number[], linear: number[], grown: number[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      rates[0].push(eventsPerSecond(indexed, events[kind], eventsARound));
      rates[1].push(eventsPerSecond(linear, events[kind], linearEventsARound));
      if (grown) rates[2].push(eventsPerSecond(grown, events[kind], eventsARound));
    }
    // The first rounds compile.
    const [fast, slow, large] = rates.map((values) => median(values.slice(2)));
    const figure = (count: number, how: string, value = Number.NaN, reference = Number.NaN, name = ''): Figure => ({
      name: `${kind} events, ${count} rules${how}`,
      value,
      unit: 'events/s',
      ratio: value / reference,
      reference: name,
    });
    return [
      figure(few.length, '', fast, slow, 'scanning all rules'),
      ...(grown ? [figure(more.length, '', large, fast, `${few.length} rules`)] : []),
    ];
  });
}

function eventsPerSecond(set: RuleSet, events: readonly BenchEvent[], count: number): number {
  const startedMs = performance.now();
  for (let index = 0; index < count; index++) {
    const event = events[index % events.length];
    if (event) set.matching(event);
  }
  return count / ((performance.now() - startedMs) / 1000);
}

/** The share of events for which the index finds no rule worth looking at. */
function untouched(rules: readonly Rule[], events: readonly BenchEvent[]): Figure {
  const view = createEventView();
  const context = { view, truncated: createCounters().counter('truncated') };
  let looks = 0;
  const counted = rules.map((rule) => ({
    rule,
    compiled: {
      ...compileRule(rule, context),
      holds: () => {
        looks++;
        return false;
      },
    },
  }));
  const pricing = createPricing();
  for (const rule of rules) pricing.add(rule);
  const route = createIndexedRoute(counted, view, pricing.price);
  let alone = 0;
  let total = 0;
  for (const event of events) {
    looks = 0;
    view.load(event);
    route.matching();
    total += looks;
    if (looks === 0) alone++;
  }
  return {
    name: `benign events that none of ${rules.length} rules has to look at`,
    value: (100 * alone) / events.length,
    unit: '%',
    note: `${(total / events.length).toFixed(1)} rules looked at an event`,
  };
}

async function measureLoad(
  paths: readonly string[],
  note: string,
): Promise<{ rules: readonly Rule[]; figures: readonly Figure[] }> {
  const before = heapAfterCollection();
  const startedMs = performance.now();
  const { collection } = await loadRules(paths);
  const set = createRuleSet(collection);
  for (const { meta } of collection.rules) set.matching({ logsource: meta.logsource, fields: {} });
  const loadedMs = performance.now() - startedMs;
  const bytes = heapAfterCollection() - before;
  const name = `${collection.rules.length} rules`;
  return {
    rules: collection.rules,
    figures: [
      { name: `${name}, load and index`, value: loadedMs, unit: 'ms', note },
      { name: `${name}, heap`, value: bytes / 2 ** 20, unit: 'MB', note: `${set.rules.length} rules in force` },
    ],
  };
}

/** The whole command beside a program that only reads and parses the same lines. */
function measureCommand(
  { rulePaths, rulesName }: BenchInputs,
  benign: readonly BenchEvent[],
  folder: string,
): readonly Figure[] {
  const path = join(folder, 'events.jsonl');
  const lines = benign.map((event) => JSON.stringify(event));
  writeFileSync(path, Array.from({ length: commandLines }, (_, index) => `${lines[index % lines.length]}\n`).join(''));
  const parse = `const{createInterface}=require('node:readline');const{createReadStream}=require('node:fs');
    createInterface({input:createReadStream(process.argv[1])}).on('line',(line)=>JSON.parse(line))`;
  const [plain, match] = [[] as number[], [] as number[]];
  for (let round = 0; round < rounds; round++) {
    plain.push(secondsOf(process.execPath, ['-e', parse, path]));
    match.push(secondsOf(executable, ['match', ...rulePaths.flatMap((rules) => ['--rules', rules]), path]));
  }
  const [plainS, matchS] = [median(plain), median(match)];
  return [
    {
      name: `match command, ${commandLines} lines, ${rulesName}`,
      value: matchS,
      unit: 's',
      ratio: matchS / plainS,
      reference: 'reading and parsing the lines',
    },
  ];
}

function secondsOf(command: string, options: readonly string[]): number {
  const startedMs = performance.now();
  execFileSync(command, options, { stdio: 'ignore' });
  return (performance.now() - startedMs) / 1000;
}
