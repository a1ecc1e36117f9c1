import type { SigmaEvent } from '../model/sigma-event.ts';
import type { Enricher } from './enrich.ts';

/** Hosts whose processes are remembered at the same time. */
const maxNodes = 64;

/**
 * Gives each host that lines name (`node=`) an enricher of its own, for a pid is one process only on one host.
 *
 * @param own for events without a node, and of nodes that are this host
 * @param create makes another host's; past 64 of them the least recently used is forgotten
 */
export function createNodeEnrichers(
  own: Enricher,
  isOwn: (node: string) => boolean,
  create: (node: string) => Enricher,
): Enricher {
  const others = new Map<string, Enricher>();

  function of({ node }: SigmaEvent): Enricher {
    if (node === undefined || isOwn(node)) return own;
    const enricher = others.get(node) ?? create(node);
    others.delete(node);
    others.set(node, enricher);
    if (others.size > maxNodes) for (const [oldest] of [...others].slice(0, 1)) others.delete(oldest);
    return enricher;
  }

  return {
    enrich: (event) => of(event).enrich(event),
    describe: (event) => of(event).describe(event),
    hashOf: (event) => of(event).hashOf(event),
    ancestry: (event) => of(event).ancestry(event),
  };
}
