import { GetCallerIdentity$ } from '@aws-sdk/client-sts';
import type { StaticOperationSchema } from '@smithy/types';
import type { Actions } from '../../aws/actions.js';

/** The SDK's schemas of the operations that the sandbox implements; named one by one, so that a bundle has no others. */
export const stsOperations = { GetCallerIdentity: GetCallerIdentity$ } satisfies Record<
  keyof Actions['sts'],
  StaticOperationSchema
>;
