import { z } from 'zod/mini';
import type { Sandbox } from '../sandbox.js';

/** What `sandbox up` made, as data: `sandbox up --json`. */
export const summarySchema = z.object({
  /** Process id of the sandbox. */
  pid: z.number(),
  port: z.number(),
  endpointUrl: z.string(),
  region: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  /** Of the first cluster; null in an account that was started empty. */
  loadBalancerUrl: z.nullable(z.string()),
  /** The first cluster's name, for `--cluster`; null in an empty account. */
  cluster: z.nullable(z.string()),
  consul: z.object({ kind: z.enum(['process', 'simulated']), version: z.string() }),
  servers: z.array(
    z.object({ instanceId: z.string(), address: z.string(), zone: z.string(), imageId: z.string() }),
  ),
  images: z.array(z.object({ imageId: z.string(), name: z.string(), description: z.string() })),
  /** Listeners that are served elsewhere than they were asked for, or not at all; one sentence each. */
  remarks: z.array(z.string()),
});

/** What `sandbox up` made. */
export type SandboxSummary = z.infer<typeof summarySchema>;

/** The summary of a sandbox as it is now. */
export function summaryOf(sandbox: Sandbox, pid: number): SandboxSummary {
  const { port, endpointUrl, region, credentials, consul, world, cluster } = sandbox;
  return {
    pid,
    port,
    endpointUrl,
    region,
    credentials,
    loadBalancerUrl: sandbox.loadBalancerUrl ?? null,
    cluster: cluster?.name ?? null,
    consul,
    servers: serversOf(world),
    images: imagesOf(world),
    remarks: sandbox.bindings().flatMap(remarkOn),
  };
}

function serversOf(world: Sandbox['world']): SandboxSummary['servers'] {
  const { Reservations = [] } = world.call('ec2', 'DescribeInstances', {});
  const instances = Reservations.flatMap((reservation) => reservation.Instances ?? []);
  return instances.map((instance) => ({
    instanceId: instance.InstanceId ?? '',
    address: instance.PrivateIpAddress ?? '',
    zone: instance.Placement?.AvailabilityZone ?? '',
    imageId: instance.ImageId ?? '',
  }));
}

function imagesOf(world: Sandbox['world']): SandboxSummary['images'] {
  const { Images = [] } = world.call('ec2', 'DescribeImages', {});
  return Images.map((image) => ({
    imageId: image.ImageId ?? '',
    name: image.Name ?? '',
    description: image.Description ?? '',
  }));
}

function remarkOn({
  loadBalancerName,
  port,
  servedPort,
  problem,
}: ReturnType<Sandbox['bindings']>[number]): string[] {
  if (problem === undefined) return [];
  const listener = `Port ${port} of load balancer ${loadBalancerName}`;
  if (problem === 'unsupported-protocol')
    return [`${listener} is not served: the sandbox has no certificates.`];
  const why = problem === 'not-permitted' ? 'may not be bound by this user' : 'could not be bound';
  const where = servedPort === undefined ? 'it is not served.' : `it is served on ${servedPort} instead.`;
  return [`${listener} ${why}; ${where}`];
}
