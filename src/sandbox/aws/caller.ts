import type { GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import type { WorldState } from './state.js';

/** GetCallerIdentity: the account's root, whoever asks. */
export function getCallerIdentity(state: WorldState): GetCallerIdentityResponse {
  return {
    UserId: state.accountId,
    Account: state.accountId,
    Arn: `arn:aws:iam::${state.accountId}:root`,
  };
}
