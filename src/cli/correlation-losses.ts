/** What correlations could not take into account, in words, from the counters; nothing when there was nothing. */
export function correlationLosses(counts: Readonly<Record<string, number>>): readonly string[] {
  return words.flatMap(([name, text]) => (counts[name] ? `${counts[name]} ${text}` : []));
}

const words: readonly (readonly [counter: string, text: string])[] = [
  ['sigma_correlation_late_total', 'events came too late to be correlated'],
  ['sigma_correlation_groups_evicted_total', 'groups of correlations were forgotten, since there were too many'],
  ['sigma_correlation_entries_dropped_total', 'events left correlations before their time, since there were too many'],
  ['sigma_correlation_values_ignored_total', 'values are no numbers, and correlations left them out'],
];
