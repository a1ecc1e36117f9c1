/**
 * Events that a rule must and must not match stand beside it: `rule.samples.yaml` beside `rule.yml`. With that ending they
 * are no rules for pySigma, which reads `*.yml`.
 */
export function isSampleFile(path: string): boolean {
  return /\.samples\.ya?ml$/i.test(path);
}

/** Where the samples of a rule file may be. */
export function sampleFilesOf(rulePath: string): readonly string[] {
  const stem = rulePath.replace(/\.ya?ml$/i, '');
  return [`${stem}.samples.yaml`, `${stem}.samples.yml`];
}
