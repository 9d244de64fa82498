import { GetInstanceProfile$, GetRole$, ListAccountAliases$, SimulatePrincipalPolicy$ } from '@aws-sdk/client-iam';
import type { StaticOperationSchema } from '@smithy/types';
import type { Actions } from '../../aws/actions.js';

/** The SDK's schemas of the operations that the sandbox implements; named one by one, so that a bundle has no others. */
export const iamOperations = {
  GetInstanceProfile: GetInstanceProfile$,
  GetRole: GetRole$,
  ListAccountAliases: ListAccountAliases$,
  SimulatePrincipalPolicy: SimulatePrincipalPolicy$,
} satisfies Record<keyof Actions['iam'], StaticOperationSchema>;
