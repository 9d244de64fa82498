import type { NotCompared, Reading, UnreadCause } from './comparison.js';

/**
 * What others have in or through the cluster, which must be there after a roll as before it: client agents, nodes of the
 * catalog without an agent of the cluster's servers, services, gateways, servers of other datacenters, ACL replication,
 * and the right of the servers' own agents to update their nodes.
 */
export const CONVERGENCE_KINDS = ['clients', 'nodes', 'services', 'gateways', 'wan', 'replication', 'agents'] as const;
export type ConvergenceKind = (typeof CONVERGENCE_KINDS)[number];

/** Names of each kind, and how many there are of each. */
export type ConvergenceState = Reading<ConvergenceKind, ReadonlyMap<string, number>>;

/** The same before a roll, where the names of some may not have been kept. */
export type ConvergenceRecord = Reading<
  ConvergenceKind,
  { readonly names: ReadonlyMap<string, number>; readonly total: number }
>;

/** What there was before and is not, of one kind. */
export interface Missing {
  readonly kind: ConvergenceKind;
  readonly names: readonly string[];
  /** Instances, or members; more than the names where those were not kept, fewer where others have come for some of them. */
  readonly count: number;
}

/** What others had before the first change of a roll, compared with what they have. */
export interface Convergence {
  readonly missing: readonly Missing[];
  readonly notCompared: readonly NotCompared<ConvergenceKind>[];
}

/** A record with every name. */
export function recordConvergence({ found, unread }: ConvergenceState): ConvergenceRecord {
  const kept = CONVERGENCE_KINDS.map((kind) => {
    const names = found[kind];
    return [kind, names && { names, total: sum(names) }];
  });
  return { found: Object.fromEntries(kept), unread };
}

/** @param before undefined where there is no record of it */
export function compareConvergence(before: ConvergenceRecord | undefined, after: ConvergenceState): Convergence {
  return {
    missing: CONVERGENCE_KINDS.flatMap((kind) => findMissing(kind, before, after)),
    notCompared: CONVERGENCE_KINDS.flatMap((kind) => {
      const why = findUnreadCause(kind, before, after);
      return why === undefined ? [] : [{ kind, why }];
    }),
  };
}

function findUnreadCause(
  kind: ConvergenceKind,
  before: ConvergenceRecord | undefined,
  after: ConvergenceState,
): UnreadCause | undefined {
  const known = before?.unread[kind] ?? (before?.found[kind] === undefined ? 'not-recorded' : undefined);
  return known ?? after.unread[kind];
}

/** Their names are those of machines: one that its own group has replaced has another name, and is not missing. */
const MACHINES: readonly ConvergenceKind[] = ['clients', 'nodes', 'wan'];

/** A kind that was not read on one of the two sides is not compared. */
function findMissing(
  kind: ConvergenceKind,
  before: ConvergenceRecord | undefined,
  after: ConvergenceState,
): readonly Missing[] {
  const [then, now] = [before?.found[kind], after.found[kind]];
  if (then === undefined || now === undefined) return [];
  const names = [...then.names].filter(([name, count]) => (now.get(name) ?? 0) < count);
  const named = names.reduce((all, [name, count]) => all + count - (now.get(name) ?? 0), 0);
  const unnamedThen = then.total - sum(then.names);
  const unnamedNow = sum(new Map([...now].filter(([name]) => !then.names.has(name))));
  const count = MACHINES.includes(kind)
    ? Math.max(0, named + unnamedThen - unnamedNow)
    : named + Math.max(0, unnamedThen - unnamedNow);
  return count === 0 ? [] : [{ kind, names: names.map(([name]) => name), count }];
}

function sum(names: ReadonlyMap<string, number>): number {
  return [...names.values()].reduce((all, count) => all + count, 0);
}
