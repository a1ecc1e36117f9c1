/** One image that a process ran; a process that executes again has one for each exec. */
export interface ProcessImage {
  /**
   * Where it was learned: the audit system, or /proc, at a scan or at the moment an exec event asked for it. `fork`: /proc
   * showed a process that has not executed, so that it is its parent's.
   */
  readonly source: 'audit' | 'proc' | 'fork';
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
