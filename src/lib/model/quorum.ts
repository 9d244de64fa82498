/** Arithmetic of Raft majorities. Source: the Raft paper; table in HashiCorp's Consul documentation. */

/** Votes needed to elect a leader or commit a write among `voters` voters. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Voters that exist, voters that are healthy, and what a majority of them takes. */
export interface VoterBudget {
  readonly voters: number;
  readonly healthy: number;
  readonly quorum: number;
  /** Healthy voters beyond the quorum; negative when the quorum is gone. */
  readonly spare: number;
}

/** The same as far as it is known: a leader just elected has yet to say who is healthy. */
export interface KnownBudget extends Pick<VoterBudget, 'voters' | 'quorum'> {
  readonly healthy: number | undefined;
  readonly spare: number | undefined;
}

export function budgetOf(voters: number, healthy: number): VoterBudget {
  const quorum = quorumOf(voters);
  return { voters, healthy, quorum, spare: healthy - quorum };
}
