import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** token-to-members-only: the ACL token may go to no server that has not been in the cluster's Raft configuration. */
export function createTokenRecipientsChecker(): Checker {
  const members = new Set<string>();
  return {
    invariant: 'token-to-members-only',
    after: ({ peers, tokenRecipients }: Oracle) => {
      for (const { host } of peers) members.add(host);
      const stranger = [...tokenRecipients].find((host) => !members.has(host));
      return stranger && `the ACL token may go to ${stranger}, which Raft has not had`;
    },
  };
}
