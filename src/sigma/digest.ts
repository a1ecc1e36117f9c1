import { createHash } from 'node:crypto';
import type { Yaml } from './yaml.ts';

/** Hex SHA-256 of what a document says: not of comments, quotes, indentation and the order of keys. */
export function digestOf(root: Yaml): string {
  return createHash('sha256').update(canonical(root)).digest('hex');
}

function canonical(yaml: Yaml): string {
  switch (yaml.kind) {
    case 'map': {
      const entries = yaml.entries.map(({ key, value }) => `${JSON.stringify(key)}:${canonical(value)}`);
      return `{${entries.sort().join(',')}}`;
    }
    case 'list':
      return `[${yaml.items.map(canonical).join(',')}]`;
    case 'scalar':
      // Events may have a number as text, so its spelling is part of what it means.
      return typeof yaml.value === 'number' ? yaml.written : JSON.stringify(yaml.value);
  }
}
