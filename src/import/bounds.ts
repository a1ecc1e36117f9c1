/** As the loader of rules has it: what is larger is no rule. */
export const maxFileBytes = 1024 * 1024;

/** Of all files that are read; all rules of SigmaHQ have less than ten MiB. */
export const maxTotalBytes = 64 * 1024 * 1024;

/** Of a source, read or not; SigmaHQ's repository has some ten thousand. */
export const maxFiles = 100_000;
