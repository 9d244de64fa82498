import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';
import { createSandboxAws, type SandboxAws } from '../../../src/sandbox/aws/sandbox-aws.js';
import type { SecretKeys } from '../../../src/sandbox/endpoint/credentials.js';
import { type Endpoint, startEndpoint } from '../../../src/sandbox/endpoint/endpoint.js';
import { FakeMachines } from '../aws/fake-instances.js';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** Noon, so that times in a failure can be read. */
const startMs = Date.UTC(2026, 0, 1, 12);

/** An account behind a real endpoint, under a clock that only the test moves. */
export interface Account {
  readonly world: SandboxAws;
  readonly machines: FakeMachines;
  readonly endpoint: Endpoint;
  readonly scaling: AutoScalingClient;
  readonly balancing: ElasticLoadBalancingClient;
  readonly targets: ElasticLoadBalancingV2Client;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
  /** Lets time pass; everything that falls due happens at its moment. */
  advance(ms: number): void;
  close(): Promise<void>;
}

/** Opens an empty account. */
export async function openAccount(): Promise<Account> {
  const machines = new FakeMachines();
  const network = { secondOctet: 99 };
  const world = createSandboxAws({
    seed: 7,
    startMs,
    speed: 1,
    machines,
    traffic: machines,
    images: SANDBOX_IMAGES,
    network,
  });
  let nowMs = startMs;
  const endpoint = await startEndpoint({ aws: world, host: '127.0.0.1', port: 0, keys: KEYS, nowMs: () => nowMs });
  const clients = openClients(endpoint.url);
  return {
    world,
    machines,
    endpoint,
    ...clients,
    advance: (ms) => {
      nowMs += ms;
      world.tick(nowMs);
    },
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await endpoint.close();
    },
  };
}

export const KEYS: SecretKeys = { operator: 'secret', instances: 'secret of the role' };

/** The headers of a form that is posted to an endpoint, signed. */
export async function signForm(url: string, body: string, { service = 'autoscaling', ...of }: SigningOptions = {}) {
  const { host } = new URL(url);
  const signer = new SignatureV4({
    credentials: { accessKeyId: of.accessKeyId ?? 'AKIDEXAMPLE', secretAccessKey: of.secretKey ?? KEYS.operator },
    region: 'eu-west-1',
    service,
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  const headers = { host, 'content-type': 'application/x-www-form-urlencoded', ...of.headers };
  return (await signer.sign(new HttpRequest({ method: 'POST', path: '/', headers, body }))).headers;
}

interface SigningOptions {
  readonly service?: string;
  readonly accessKeyId?: string;
  readonly secretKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The SDK's own clients, pointed at an endpoint. */
export function openClients(endpoint: string) {
  const settings = {
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: KEYS.operator },
    maxAttempts: 1,
  };
  return {
    scaling: new AutoScalingClient(settings),
    balancing: new ElasticLoadBalancingClient(settings),
    targets: new ElasticLoadBalancingV2Client(settings),
    ec2: new EC2Client(settings),
    iam: new IAMClient(settings),
    ssm: new SSMClient(settings),
    sts: new STSClient(settings),
  };
}
