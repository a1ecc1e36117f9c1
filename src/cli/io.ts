/** What a command reads, writes and answers with; main.ts gives the process's own, tests give theirs. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  setExitCode(code: number): void;
}
