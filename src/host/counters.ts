import type { Counter } from '../model/stages.ts';

/** All counters of one agent; a name is created at its first use. Names are Prometheus words: `sink_dropped_total`. */
export interface Counters {
  counter(name: string, labels?: Readonly<Record<string, string>>): Counter;
  /** `name{label="value"}` to count, in order of creation. */
  read(): Readonly<Record<string, number>>;
}

export function createCounters(): Counters {
  const counters = new Map<string, Counter>();
  return {
    counter(name, labels) {
      const key = labels ? labelled(name, labels) : name;
      let counter = counters.get(key);
      if (!counter) {
        counter = createCounter();
        counters.set(key, counter);
      }
      return counter;
    },
    read: () => Object.fromEntries([...counters].map(([key, { value }]) => [key, value])),
  };
}

/** `name{label="value"}`, as the text format of Prometheus has it. */
export function labelled(name: string, labels: Readonly<Record<string, string>>): string {
  const written = Object.entries(labels).map(([label, value]) => `${label}="${escapedLabel(value)}"`);
  return `${name}{${written.join(',')}}`;
}

function escapedLabel(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
}

function createCounter(): Counter {
  let total = 0;
  return {
    add: (n = 1) => {
      total += n;
    },
    get value() {
      return total;
    },
  };
}
