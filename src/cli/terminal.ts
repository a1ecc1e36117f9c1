import type { Format } from '../present/layout.ts';

/**
 * What text for people may look like on this output: as wide as its terminal, and in colours only there.
 *
 * @param elsewhere columns where the output is no terminal
 */
export function formatFor(stdout: NodeJS.WritableStream, noColor: boolean, elsewhere = 80): Format {
  const { isTTY, columns } = stdout as NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  if (isTTY !== true) return { columns: elsewhere, color: false };
  // A terminal that does not know its width says 0.
  return { columns: columns ? Math.max(columns, minColumns) : 80, color: !noColor };
}

const minColumns = 60;
