import type { GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import type { AwsState } from './state.js';

/** GetCallerIdentity: the account's root, whoever asks. */
export function getCallerIdentity(state: AwsState): GetCallerIdentityResponse {
  return {
    UserId: state.accountId,
    Account: state.accountId,
    Arn: `arn:aws:iam::${state.accountId}:root`,
  };
}
