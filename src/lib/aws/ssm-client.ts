import { type SSM, SSMClient } from '@aws-sdk/client-ssm';
import type { CloudSettings } from '../config/connection.js';
import { withCalls } from './calls/client.js';
import * as ssmCalls from './calls/ssm.js';
import { addMiddleware, buildClientConfig } from './client-config.js';

const SsmApi = withCalls<SSM>()(SSMClient, ssmCalls);
export type SsmApi = InstanceType<typeof SsmApi>;

/** The client of Systems Manager; to be destroyed by the caller. */
export function createSsmClient(settings: CloudSettings): SsmApi {
  const ssm = new SsmApi(buildClientConfig(settings));
  addMiddleware(ssm.middlewareStack, settings);
  return ssm;
}
