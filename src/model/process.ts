/** Survives pid reuse: a pid is one process only together with the moment it started. */
export interface ProcessKey {
  readonly pid: number;
  /** Milliseconds since the epoch: from /proc where it was read, else the time of the first exec event. */
  readonly startedMs: number;
}

/** One image that a process ran; a process that executes again has one for each exec. */
export interface ProcessImage {
  /** Where it was learned: the audit system, a /proc scan, or /proc at the moment an exec event asked for it. */
  readonly source: 'audit' | 'proc';
  readonly atMs: number;
  readonly image: string | undefined;
  readonly commandLine: string | undefined;
  readonly user: string | undefined;
}

/** A line of an alert's ancestry, nearest parent first. */
export interface Ancestor {
  readonly pid: number;
  readonly image?: string;
  readonly commandLine?: string;
  readonly user?: string;
}
