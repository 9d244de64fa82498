import { GetParameter$, PutParameter$ } from '@aws-sdk/client-ssm';
import type { StaticOperationSchema } from '@smithy/types';
import type { Actions } from '../../aws/actions.js';

/** The SDK's schemas of the operations that the sandbox implements; named one by one, so that a bundle has no others. */
export const ssmOperations = { GetParameter: GetParameter$, PutParameter: PutParameter$ } satisfies Record<
  keyof Actions['ssm'],
  StaticOperationSchema
>;
