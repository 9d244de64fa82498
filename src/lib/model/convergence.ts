/**
 * What others have in or through the cluster, which must be there after a roll as before it: client agents, nodes of the
 * catalog without an agent of the cluster's servers, services, gateways, servers of other datacenters, ACL replication.
 */
export const CONVERGENCE_KINDS = ['clients', 'nodes', 'services', 'gateways', 'wan', 'replication'] as const;
export type ConvergenceKind = (typeof CONVERGENCE_KINDS)[number];

/** By kind: names, and how many there are of each. Undefined for what could not be read. */
export type ConvergenceState = Readonly<Partial<Record<ConvergenceKind, ReadonlyMap<string, number> | undefined>>>;

/** The same before a roll, where the names of some may not have been kept. */
export type ConvergenceRecord = Readonly<
  Partial<Record<ConvergenceKind, { readonly names: ReadonlyMap<string, number>; readonly total: number } | undefined>>
>;

/** What there was before and is not, of one kind. */
export interface Missing {
  readonly kind: ConvergenceKind;
  readonly names: readonly string[];
  /** Instances, or members; more than the names where those were not kept. */
  readonly count: number;
}

/** A record with every name. */
export function recordConvergence(state: ConvergenceState): ConvergenceRecord {
  const kept = CONVERGENCE_KINDS.map((kind) => {
    const names = state[kind];
    return [kind, names && { names, total: sum(names) }];
  });
  return Object.fromEntries(kept);
}

/** Kinds that were not read on one of the two sides are not compared. */
export function findMissing(before: ConvergenceRecord, after: ConvergenceState): readonly Missing[] {
  return CONVERGENCE_KINDS.flatMap((kind) => {
    const [then, now] = [before[kind], after[kind]];
    if (then === undefined || now === undefined) return [];
    const names = [...then.names].filter(([name, count]) => (now.get(name) ?? 0) < count);
    const named = names.reduce((all, [name, count]) => all + count - (now.get(name) ?? 0), 0);
    const unnamedThen = then.total - sum(then.names);
    const unnamedNow = sum(new Map([...now].filter(([name]) => !then.names.has(name))));
    const count = named + Math.max(0, unnamedThen - unnamedNow);
    return count === 0 ? [] : [{ kind, names: names.map(([name]) => name), count }];
  });
}

function sum(names: ReadonlyMap<string, number>): number {
  return [...names.values()].reduce((all, count) => all + count, 0);
}
