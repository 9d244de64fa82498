import type { MiddlewareStack } from '@smithy/types';
import { createClients } from '../../../src/lib/aws/clients.js';
import { createCloudFromClients } from '../../../src/lib/aws/connect.js';
import { renderDefaultBootScript } from '../../../src/lib/create/boot/script.js';
import type { Cloud } from '../../../src/lib/ports.js';
import { SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';
import { createSandboxAws, type SandboxAws } from '../../../src/sandbox/aws/sandbox-aws.js';
import { type SeededCluster, seedCluster } from '../../../src/sandbox/aws/seed-cluster.js';
import type { LoadBalancerChoice } from '../../../src/sandbox/aws/seed-load-balancers.js';
import { type Endpoint, startEndpoint } from '../../../src/sandbox/endpoint/endpoint.js';
import type { InstanceBackend, SandboxImage } from '../../../src/sandbox/interfaces.js';

/** An AWS account in the sandbox, behind its real endpoint, with time that a test moves. */
export interface SandboxAccount {
  readonly cloud: Cloud;
  readonly world: SandboxAws;
  readonly cluster: SeededCluster;
  readonly url: string;
  /** Action of every HTTP request made through `cloud`, retries included. */
  readonly requests: string[];
  advance(ms: number): void;
  /** The id of an instance of this type, in a group of another team. */
  runServer(type: string): string;
  /** Limits every caller to this policy. */
  enforce: Endpoint['enforce'];
  close(): Promise<void>;
}

export const OLD_IMAGE = imageNamed('consul-v1');
export const NEW_IMAGE = imageNamed('consul-v2');
export const CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
/** Long enough for servers to boot and to be in service everywhere. */
const SETTLED_MS = 120_000;

/** An account with a cluster of `size` servers named `consul`, all of them in service. */
export async function openAccount(size: number, loadBalancer?: LoadBalancerChoice): Promise<SandboxAccount> {
  const world = createSandboxAws({
    seed: 7,
    startMs: START_MS,
    speed: 1,
    machines: obedientMachines(),
    images: SANDBOX_IMAGES,
    network: { secondOctet: 67 },
  });
  const cluster = seedCluster(world, {
    renderBootScript: renderDefaultBootScript,
    size,
    name: 'consul',
    image: OLD_IMAGE,
    ...(loadBalancer && { loadBalancer }),
  });
  const advance = (ms: number) => {
    const end = world.nowMs() + ms;
    for (let due = world.nextDueMs(); due !== undefined && due <= end; due = world.nextDueMs()) world.tick(due);
    world.tick(end);
  };
  advance(SETTLED_MS);
  const keys = { operator: CREDENTIALS.secretAccessKey, instances: 'secret of the role' };
  const endpoint = await startEndpoint({ aws: world, host: '127.0.0.1', port: 0, keys, nowMs: () => world.nowMs() });
  const clients = createClients({ region: world.region, endpoint: endpoint.url, credentials: CREDENTIALS });
  const requests: string[] = [];
  countRequests(clients.autoScaling.middlewareStack, requests);
  countRequests(clients.balancing.middlewareStack, requests);
  countRequests(clients.targets.middlewareStack, requests);
  countRequests(clients.ec2.middlewareStack, requests);
  countRequests(clients.sts.middlewareStack, requests);
  const cloud = createCloudFromClients(clients, () => world.nowMs());
  return {
    cloud,
    world,
    cluster,
    url: endpoint.url,
    requests,
    advance,
    runServer(type) {
      const name = `other-${type}`;
      const [of] = world.call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups ?? [];
      const launch = { LaunchConfigurationName: name, ImageId: OLD_IMAGE.imageId, InstanceType: type };
      world.call('autoscaling', 'CreateLaunchConfiguration', launch);
      world.call('autoscaling', 'CreateAutoScalingGroup', {
        AutoScalingGroupName: name,
        LaunchConfigurationName: name,
        VPCZoneIdentifier: of?.VPCZoneIdentifier,
        MinSize: 1,
        MaxSize: 1,
      });
      advance(SETTLED_MS);
      const { AutoScalingGroups: [made] = [] } = world.call('autoscaling', 'DescribeAutoScalingGroups', {
        AutoScalingGroupNames: [name],
      });
      return made?.Instances?.[0]?.InstanceId ?? '';
    },
    enforce: endpoint.enforce,
    async close() {
      cloud.close();
      await endpoint.close();
    },
  };
}

/** At the finalize step, within the SDK's retries, so that each try counts. */
function countRequests<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  requests: string[],
): void {
  stack.add(
    (next, context) => (args) => {
      requests.push(String(context.commandName).replace(/Command$/, ''));
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'countRequests' },
  );
}

function imageNamed(name: string): SandboxImage {
  const found = SANDBOX_IMAGES.find((image) => image.name === name);
  if (!found) throw new Error(`the sandbox has no image ${name}`);
  return found;
}

/** Machines that boot, pass every check and shut down at once. */
function obedientMachines(): InstanceBackend {
  return {
    boot() {},
    shutdown: (_instanceId, _graceMs, done) => done(),
    check: (_instanceId, _target, answer) => answer(true),
    console: () => 'booted\nacl token=abcdef\n',
  };
}
