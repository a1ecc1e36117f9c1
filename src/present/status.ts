import type { AgentStatus, CanaryStatus, SinkStatus, SourceStatus } from '../model/status.ts';
import { counted } from '../text/counted.ts';
import { visible } from '../text/visible.ts';

/** A running agent in a few plain lines. */
export function statusLines({
  version,
  pid,
  uptimeMs,
  rules,
  events,
  alerts,
  sources,
  sinks,
  canary,
}: AgentStatus): readonly string[] {
  const rejected = rules.rejected > 0 ? `, ${rules.rejected} rejected` : '';
  return [
    `sigmond ${version}, process ${pid}, up ${uptime(uptimeMs)}, ${counted(rules.loaded, 'rule')}${rejected}`,
    `program starts: ${events.seen} seen, ${events.lost} lost${reasons(events.lostBy)}`,
    `since the start of this process: ${events.sinceStart.seen} seen, ${events.sinceStart.lost} lost`,
    `alerts: ${alerts.raised} raised`,
    ...sources.map(sourceLine),
    ...sinks.map(sinkLine),
    `canary: ${canaryText(canary)}`,
  ].map(visible);
}

function uptime(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return counted(Math.floor(ms / 1000), 'second');
  if (minutes < 120) return counted(minutes, 'minute');
  return minutes < 2880 ? counted(Math.floor(minutes / 60), 'hour') : counted(Math.floor(minutes / 1440), 'day');
}

function reasons({ serialGaps, incomplete, kernel }: AgentStatus['events']['lostBy']): string {
  const told = [
    serialGaps > 0 && `${serialGaps} never came`,
    incomplete > 0 && `${incomplete} came in part`,
    kernel > 0 && `about ${kernel} dropped by the kernel`,
  ].filter((text) => text !== false);
  return told.length > 0 ? ` (${told.join(', ')})` : '';
}

function sourceLine({ name, path, state, lines, lagMs, torn }: SourceStatus): string {
  if (name === 'proc_scan') return `source proc_scan: ${counted(lines, 'program start')} that no audit record told of`;
  const lag = lagMs > 0 ? `, ${Math.ceil(lagMs / 1000)} s behind` : '';
  const bad = torn > 0 ? `, ${torn} unreadable` : '';
  return `source ${name}${path === undefined ? '' : ` ${path}`}: ${state}, ${counted(lines, 'line')}${lag}${bad}`;
}

function sinkLine({ name, delivered, pending, dead, dropped, lastError }: SinkStatus): string {
  const parts = [`${delivered} delivered`, `${pending} waiting`];
  if (dead > 0) parts.push(`${dead} given up`);
  if (dropped > 0) parts.push(`${dropped} dropped`);
  return `sink ${name}: ${parts.join(', ')}${lastError === null ? '' : `; ${lastError}`}`;
}

function canaryText({ state, lastMs, ageMs }: CanaryStatus): string {
  const back =
    lastMs === undefined || ageMs === undefined
      ? ''
      : `, came back in ${Math.round(lastMs)} ms, ${Math.round(ageMs / 1000)} s ago`;
  return `${state}${back}`;
}
