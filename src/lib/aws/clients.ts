import { type AutoScaling, AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { type EC2, EC2Client } from '@aws-sdk/client-ec2';
import { type ElasticLoadBalancing, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { type ElasticLoadBalancingV2, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { STS } from '@aws-sdk/client-sts';
import type { CloudSettings } from '../config/connection.js';
import * as autoScalingCalls from './calls/auto-scaling.js';
import * as classicCalls from './calls/classic-load-balancers.js';
import { withCalls } from './calls/client.js';
import * as ec2Calls from './calls/ec2.js';
import * as targetCalls from './calls/target-groups.js';
import { addMiddleware, buildClientConfig } from './client-config.js';
import type { IamApi } from './iam-client.js';
import type { SsmApi } from './ssm-client.js';

const AutoScalingApi = withCalls<AutoScaling>()(AutoScalingClient, autoScalingCalls);
const ClassicBalancingApi = withCalls<ElasticLoadBalancing>()(ElasticLoadBalancingClient, classicCalls);
const TargetGroupApi = withCalls<ElasticLoadBalancingV2>()(ElasticLoadBalancingV2Client, targetCalls);
const Ec2Api = withCalls<EC2>()(EC2Client, ec2Calls);

/** One client per service. They share settings, not connections. */
export interface Clients {
  readonly autoScaling: InstanceType<typeof AutoScalingApi>;
  /** Of classic load balancers. */
  readonly balancing: InstanceType<typeof ClassicBalancingApi>;
  /** Of target groups, behind application and network load balancers. */
  readonly targets: InstanceType<typeof TargetGroupApi>;
  readonly ec2: InstanceType<typeof Ec2Api>;
  readonly sts: STS;
  /** Few commands use IAM, so its client is loaded at the first call. */
  loadIam(): Promise<IamApi>;
  /** Only orders that name a parameter use Systems Manager. */
  loadSsm(): Promise<SsmApi>;
  close(): void;
}

/** Clients whose errors are RollErrors wherever an operator can do something about them. */
export function createClients(settings: CloudSettings = {}): Clients {
  suppressNodeVersionWarning();
  const configuration = buildClientConfig(settings);
  const clients = {
    autoScaling: new AutoScalingApi(configuration),
    balancing: new ClassicBalancingApi(configuration),
    targets: new TargetGroupApi(configuration),
    ec2: new Ec2Api(configuration),
    sts: new STS(configuration),
  };
  addMiddleware(clients.autoScaling.middlewareStack, settings);
  addMiddleware(clients.balancing.middlewareStack, settings);
  addMiddleware(clients.targets.middlewareStack, settings);
  addMiddleware(clients.ec2.middlewareStack, settings);
  addMiddleware(clients.sts.middlewareStack, settings);
  let iam: Promise<IamApi> | undefined;
  let ssm: Promise<SsmApi> | undefined;
  return {
    ...clients,
    loadIam() {
      iam ??= import('./iam-client.js').then(({ createIamClient }) => createIamClient(settings));
      return iam;
    },
    loadSsm() {
      ssm ??= import('./ssm-client.js').then(({ createSsmClient }) => createSsmClient(settings));
      return ssm;
    },
    close() {
      for (const client of Object.values(clients)) client.destroy();
      for (const loaded of [iam, ssm]) void loaded?.then((client) => client.destroy());
    },
  };
}

/** On Node 20 the SDK writes seven lines to stderr at every run; it works there all the same. */
function suppressNodeVersionWarning(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}
