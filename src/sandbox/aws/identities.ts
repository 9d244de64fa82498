import type {
  GetInstanceProfileRequest,
  GetInstanceProfileResponse,
  GetRoleRequest,
  GetRoleResponse,
  ListAccountAliasesRequest,
  ListAccountAliasesResponse,
  Role,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
} from '@aws-sdk/client-iam';
import type { GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import { AwsFault } from './fault.js';
import type { AwsState } from './state.js';

/** Of everything that the account has always had. */
const CREATED = new Date(0);

/** GetInstanceProfile: there is one of every name, and its role has that name too. */
export function getInstanceProfile(
  state: AwsState,
  { InstanceProfileName: name = '' }: GetInstanceProfileRequest,
): GetInstanceProfileResponse {
  return {
    InstanceProfile: {
      Path: '/',
      InstanceProfileName: name,
      InstanceProfileId: 'AIPASANDBOX0000000000',
      Arn: `arn:aws:iam::${state.accountId}:instance-profile/${name}`,
      CreateDate: CREATED,
      Roles: [roleNamed(state, name)],
    },
  };
}

/** GetRole: there is one of every name. */
export function getRole(state: AwsState, { RoleName: name = '' }: GetRoleRequest): GetRoleResponse {
  return { Role: roleNamed(state, name) };
}

/** ListAccountAliases: an account has one alias at most, and this one has it. */
export function listAccountAliases(_state: AwsState, _input: ListAccountAliasesRequest): ListAccountAliasesResponse {
  return { AccountAliases: ['consul-roll-sandbox'], IsTruncated: false };
}

/**
 * SimulatePrincipalPolicy of an account without a policy: its root has no policies to simulate. What a
 * policy allows is answered where it is enforced.
 *
 * @throws AwsFault `NoSuchEntity`
 */
export function simulatePrincipalPolicy(
  _state: AwsState,
  { PolicySourceArn: arn = '' }: SimulatePrincipalPolicyRequest,
): SimulatePolicyResponse {
  throw new AwsFault('NoSuchEntity', `The principal ${arn} cannot be found.`, 404);
}

function roleNamed({ accountId }: AwsState, name: string): Role {
  return {
    Path: '/',
    RoleName: name,
    RoleId: 'AROASANDBOX0000000000',
    Arn: `arn:aws:iam::${accountId}:role/${name}`,
    CreateDate: CREATED,
  };
}

/** GetCallerIdentity: the account's root, for every caller. */
export function getCallerIdentity(state: AwsState): GetCallerIdentityResponse {
  return { UserId: state.accountId, Account: state.accountId, Arn: `arn:aws:iam::${state.accountId}:root` };
}
