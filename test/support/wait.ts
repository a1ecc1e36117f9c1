import { setTimeout as delay } from 'node:timers/promises';

/** Looks every 10 ms until `holds` does; rejects with `what` after `timeoutMs`, so that a failing test ends. */
export async function waitUntil(
  holds: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(10);
  }
}
