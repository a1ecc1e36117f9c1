import type { Logger } from '../../src/host/logger.ts';

export interface KeptLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly context: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A logger that keeps its lines for the test to read. */
export function createKeptLogger(): Logger & { readonly lines: readonly KeptLine[] } {
  const lines: KeptLine[] = [];
  const at = (level: KeptLine['level']) => (context: KeptLine['context'], text: string) => {
    lines.push({ level, context, text });
  };
  return { lines, error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
