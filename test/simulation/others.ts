import type { ConvergenceState } from '../../src/lib/model/convergence.js';
import type { Warning } from '../../src/lib/model/events.js';

/** What others have in the cluster, by the kind under which a roll names it. */
const OTHERS = { clients: ['web-1', 'web-2', 'web-3'], replication: ['tokens from dc2'] } as const;
export type OtherKind = keyof typeof OTHERS;

/** Something that others lack now. */
export interface Loss {
  readonly kind: OtherKind;
  readonly name: string;
  readonly sinceMs: number;
}

/** Client agents, and ACL replication by a token that was set by API: none of it is on the servers' disks. */
export class Others {
  #losses: readonly Loss[] = [];
  readonly #named = new Set<string>();

  get losses(): readonly Loss[] {
    return this.#losses;
  }

  /** False if it is lost already. */
  lose(kind: OtherKind, nowMs: number): boolean {
    const name = OTHERS[kind].find((one) => !this.#isLost(kind, one));
    if (name === undefined) return false;
    this.#losses = [...this.#losses, { kind, name, sinceMs: nowMs }];
    return true;
  }

  restore(kind: OtherKind): void {
    this.#losses = this.#losses.filter((loss) => loss.kind !== kind);
  }

  /** As the leader sees it. */
  read(): ConvergenceState {
    const found = Object.entries(OTHERS).map(([kind, names]) => {
      const there = names.filter((name) => !this.#isLost(kind as OtherKind, name));
      return [kind, new Map(there.map((name) => [name, 1]))];
    });
    const empty = { nodes: new Map(), services: new Map(), gateways: new Map(), wan: new Map(), agents: new Map() };
    return { found: { ...empty, ...Object.fromEntries(found) }, unread: {} };
  }

  /** A roll has told the operator this. */
  note(warning: Warning): void {
    if (warning.kind === 'not-converged') for (const name of warning.missing.names) this.#named.add(name);
    if (warning.kind !== 'others-not-compared') return;
    for (const { kind } of warning.notCompared)
      for (const name of OTHERS[kind as OtherKind] ?? []) this.#named.add(name);
  }

  /** It was named as missing, or its kind as not compared. */
  isNamed({ name }: Loss): boolean {
    return this.#named.has(name);
  }

  #isLost(kind: OtherKind, name: string): boolean {
    return this.#losses.some((loss) => loss.kind === kind && loss.name === name);
  }
}
