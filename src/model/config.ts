import type { Problem } from './rule.ts';

/** The configuration after defaults; all paths absolute, all units in the names. */
export interface Config {
  /** The file it came from, as it was named: what messages show. */
  readonly path: string;
  /** What the file asks for and will not get, such as keys of a later release; never errors. */
  readonly warnings: readonly Problem[];
  readonly stateDir: string;
  readonly rules: RulesConfig;
  readonly sources: {
    readonly auditLog: {
      readonly path: string;
      readonly enabled: boolean;
      readonly start: 'resume' | 'beginning' | 'end';
    };
    readonly auditSocket: {
      readonly enabled: boolean;
      /** Where auditd's af_unix plugin may listen; the first that answers is read. */
      readonly paths: readonly string[];
    };
    readonly standardInput: { readonly enabled: boolean };
    readonly procScan: { readonly enabled: boolean; readonly intervalMs: number };
    readonly logs: readonly LogConfig[];
  };
  /** Where `sigmond status` finds the agent; undefined for the places that are tried by default. */
  readonly controlSocket: string | undefined;
  /** A process that is started at this interval, to see whether it is reported. */
  readonly canary: { readonly enabled: boolean; readonly intervalMs: number };
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug' };
  readonly sinks: readonly SinkConfig[];
}

/** A text log that something else writes, and the services of rules' logsources whose lines it holds. */
export interface LogConfig {
  readonly path: string;
  readonly services: readonly string[];
  readonly product: string;
  readonly start: 'resume' | 'beginning' | 'end';
}

export interface RulesConfig {
  readonly paths: readonly string[];
  /** By name, the values that rules mean by `%name%` under `expand`: Sigma text, or numbers. */
  readonly placeholders: ReadonlyMap<string, readonly (string | number)[]>;
}

/** How much a sink may hold and how it retries; the same keys for every type. */
export interface DeliveryConfig {
  readonly name: string;
  /** Alerts kept while the receiver is away; past it the oldest are dropped and counted. */
  readonly queueSize: number;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** Alerts given to one `send`; 1 sends each on its own. */
  readonly batchSize: number;
  /** Attempts before an alert is given up and counted dead; 0 never gives up. */
  readonly maxAttempts: number;
}

export type SinkConfig = StdoutSinkConfig | FileSinkConfig | SyslogSinkConfig | WebhookSinkConfig;

export interface StdoutSinkConfig extends DeliveryConfig {
  readonly type: 'stdout';
  /** auto: text on a terminal, JSON otherwise. */
  readonly format: 'auto' | 'text' | 'json';
}

export interface FileSinkConfig extends DeliveryConfig {
  readonly type: 'file';
  readonly path: string;
}

export interface SyslogSinkConfig extends DeliveryConfig {
  readonly type: 'syslog';
  readonly address: { readonly protocol: 'udp' | 'tcp'; readonly host: string; readonly port: number };
  readonly format: 'rfc5424';
  /** Syslog facility number, RFC 5424 section 6.2.1. */
  readonly facility: number;
}

export interface WebhookSinkConfig extends DeliveryConfig {
  readonly type: 'webhook';
  readonly url: string;
  readonly format: 'native';
  readonly headers: Readonly<Record<string, string>>;
}
