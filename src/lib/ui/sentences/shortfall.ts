import type { Shortfall } from '../../model/creation.js';
import { counted, enumerated, someOf } from '../text.js';

/** What a cluster still lacks, one clause each; `nothing` for nothing. */
export function describeShortfalls(lacking: readonly Shortfall[]): string {
  return lacking.length === 0 ? 'nothing' : lacking.map(describe).join('; ');
}

function describe(lacking: Shortfall): string {
  switch (lacking.kind) {
    case 'instances': {
      const why = lacking.why === undefined ? '' : ` (AWS says: ${lacking.why})`;
      return `${lacking.have} of ${counted(lacking.want, 'server')} run${why}`;
    }
    case 'leader':
      return 'no leader that all agree on';
    case 'voters':
      return `${someOf(lacking.instanceIds)} ${lacking.instanceIds.length === 1 ? 'is no healthy voter' : 'are no healthy voters'}`;
    case 'strangers':
      return `Raft counts ${enumerated(lacking.nodes)}, no server of the group`;
    case 'in-service':
      return `${someOf(lacking.instanceIds)} not in service in the load balancer`;
  }
}
