import type { Problem } from './rule.ts';

/** Codes are the exit codes of sysexits(3) that the contract names. */
export const exitCode = { ok: 0, runtime: 1, usage: 64, bug: 70, config: 78 } as const;

/** An error that has a plain cause outside the program; anything else that is thrown is a bug. */
export abstract class AgentError extends Error {
  abstract readonly exitCode: number;
}

/** The configuration cannot be used; carries every problem found, not only the first. */
export class ConfigError extends AgentError {
  readonly exitCode = exitCode.config;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Input that a command was given cannot be read, or a state folder cannot be written. */
export class SourceError extends AgentError {
  readonly exitCode = exitCode.runtime;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SourceError';
  }
}

/** A receiver did not take alerts; only delivery catches it. */
export class DeliveryError extends AgentError {
  readonly exitCode = exitCode.runtime;
  readonly retryable: boolean;
  /** What the receiver asked us to wait, as with Retry-After. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    { retryable, retryAfterMs, cause }: { retryable: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause });
    this.name = 'DeliveryError';
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** `path:line:column: text`, warnings marked as such. */
export function formatProblem({ at, text, severity }: Problem): string {
  return `${at.path}:${at.line}:${at.column}: ${severity === 'warning' ? 'warning: ' : ''}${text}`;
}
