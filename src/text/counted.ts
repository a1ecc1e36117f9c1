/** `1 rule`, `2 rules`: for nouns whose plural is an s. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
