/** Events that a rule must and must not match stand beside it: `rule.samples.yml` beside `rule.yml`. */
export function isSampleFile(path: string): boolean {
  return /\.samples\.ya?ml$/i.test(path);
}

/** Where the samples of a rule file may be. */
export function sampleFilesOf(rulePath: string): readonly string[] {
  const stem = rulePath.replace(/\.ya?ml$/i, '');
  return [`${stem}.samples.yml`, `${stem}.samples.yaml`];
}
