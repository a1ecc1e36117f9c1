/** Carries encoded messages; `send` and `close` keep the promises of Sink. */
export interface SyslogTransport {
  send(messages: readonly Buffer[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
