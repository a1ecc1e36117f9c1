/** What `sigmond status --json` prints. */
export interface AgentStatus {
  readonly version: string;
  readonly pid: number;
  readonly stateDir: string;
  readonly uptimeMs: number;
  readonly rules: { readonly loaded: number; readonly rejected: number; readonly hash: string };
  /** Exec events since the state folder began; `sinceStart` are those of this process. */
  readonly events: {
    readonly seen: number;
    readonly lost: number;
    readonly lostBy: { readonly serialGaps: number; readonly incomplete: number; readonly kernel: number };
    readonly sinceStart: { readonly seen: number; readonly lost: number };
  };
  readonly alerts: { readonly raised: number; readonly rolledUp: number };
  readonly sources: readonly SourceStatus[];
  readonly sinks: readonly SinkStatus[];
  /** A program start of the agent's own that has to come back through the whole chain. */
  readonly canary: CanaryStatus;
}

export interface SourceStatus {
  readonly name: string;
  /** Of a log. */
  readonly path?: string;
  readonly state: string;
  /** Of `proc_scan`, program starts that only a scan saw. */
  readonly lines: number;
  /** How far the newest record lies back while there is more to read; 0 at the end of the log. */
  readonly lagMs: number;
  /** Lines that could not be read. */
  readonly torn: number;
  /** Exec events that are known not to have come from it; of text logs, files that were gone before they were read. */
  readonly lost: number;
}

export interface SinkStatus {
  readonly name: string;
  readonly delivered: number;
  /** Waiting or being sent. */
  readonly pending: number;
  /** Given up: refused for good, or out of attempts. */
  readonly dead: number;
  /** Pushed out of a full queue. */
  readonly dropped: number;
  readonly retries: number;
  /** Why the last attempt failed; null when it went well. */
  readonly lastError: string | null;
}

/** How the canary is: `lost` only where it was alive before, in this run or the last. */
export interface CanaryStatus {
  readonly state: 'unknown' | 'alive' | 'lost' | 'off';
  /** How long the last one took to come back, and the slowest of this run, in milliseconds. */
  readonly lastMs: number | undefined;
  readonly maxMs: number | undefined;
  /** Since the last one came back, in milliseconds. */
  readonly ageMs: number | undefined;
}
