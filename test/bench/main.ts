import { parseArgs } from 'node:util';
import { benchCommand } from './command.ts';
import { toText } from './figure.ts';
import { readInputs } from './inputs.ts';
import { benchLive } from './live.ts';
import { benchMatch } from './match.ts';
import { benchMemory } from './memory.ts';
import { benchReplay } from './replay.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    'no-live': { type: 'boolean' },
    'live-only': { type: 'boolean' },
    seconds: { type: 'string', default: '30' },
  },
});
const inputs = readInputs();
const figures = [
  ...(values['live-only']
    ? []
    : [
        ...(await benchMatch(inputs)),
        ...(await benchReplay(inputs)),
        ...benchCommand(inputs),
        ...(await benchMemory(inputs)),
      ]),
  ...(values['no-live'] ? [] : await benchLive(inputs.rulePaths, Number(values.seconds))),
];
process.stdout.write(
  `${values.json ? JSON.stringify({ node: process.version, figures }, null, 2) : toText(figures)}\n`,
);
