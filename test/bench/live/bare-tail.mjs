// The least that a follower of a log can do: tail-file as it comes, and one search a line.
import { writeSync } from 'node:fs';
import Tail from 'tail-file';

const [, , path, wanted] = process.argv;
const tail = new Tail(path, (line) => {
  if (line.includes(wanted)) writeSync(1, `${line}\n`);
});
tail.on('ready', () => writeSync(2, 'ready\n'));
