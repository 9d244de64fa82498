import { type IAM, IAMClient } from '@aws-sdk/client-iam';
import type { CloudSettings } from '../config/connection.js';
import { withCalls } from './calls/client.js';
import * as iamCalls from './calls/iam.js';
import { addMiddleware, buildClientConfig } from './client-config.js';

/** A network without a way to IAM, which is one service for the whole world, must not keep a command waiting. */
const MAX_ATTEMPTS = 2;

const IamApi = withCalls<IAM>()(IAMClient, iamCalls);
export type IamApi = InstanceType<typeof IamApi>;

/** IAM's client; to be destroyed by the caller. */
export function createIamClient(settings: CloudSettings): IamApi {
  const iam = new IamApi({ ...buildClientConfig(settings), maxAttempts: MAX_ATTEMPTS });
  addMiddleware(iam.middlewareStack, settings);
  return iam;
}
