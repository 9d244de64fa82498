import * as z from 'zod/mini';
import type { Sandbox } from '../sandbox.js';

/** What `sandbox up` made, as data; with a head it is the document of `sandbox up --json`. */
export const summarySchema = z.object({
  pid: described(z.number(), 'Process id of the sandbox.'),
  port: described(z.number(), 'Port of the AWS endpoint, by which the sandbox is known.'),
  endpointUrl: described(z.string(), 'For AWS clients.'),
  region: z.string(),
  credentials: described(
    z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
    'Made up, and good here only.',
  ),
  loadBalancerUrl: described(
    z.nullable(z.string()),
    'Of the first cluster; null in an account that was started empty.',
  ),
  cluster: described(z.nullable(z.string()), 'Name of the first cluster, for `--cluster`; null in an empty account.'),
  consul: described(
    z.object({ kind: z.enum(['process', 'simulated']), version: z.string() }),
    'What the servers are: a process of Consul each, or simulated.',
  ),
  servers: z.array(z.object({ instanceId: z.string(), address: z.string(), zone: z.string(), imageId: z.string() })),
  images: z.array(
    z.object({
      imageId: z.string(),
      name: z.string(),
      description: z.string(),
      consul: described(z.string(), 'Version of Consul that its servers run.'),
    }),
  ),
  remarks: described(
    z.array(z.string()),
    'Listeners that are served elsewhere than they were asked for, or not at all; one sentence each.',
  ),
});

function described<Part extends z.ZodMiniType>(part: Part, description: string): Part {
  return part.check(z.describe(description));
}

/** What `sandbox up` made. */
export type SandboxSummary = z.infer<typeof summarySchema>;

/** The summary of a sandbox as it is now. */
export function buildSummary(sandbox: Sandbox, pid: number): SandboxSummary {
  const { port, endpointUrl, region, credentials, consul, images, aws, cluster } = sandbox;
  return {
    pid,
    port,
    endpointUrl,
    region,
    credentials,
    loadBalancerUrl: sandbox.loadBalancerUrl ?? null,
    cluster: cluster?.name ?? null,
    consul,
    servers: serversOf(aws),
    images: images.map(({ imageId, name, description, consulVersion }) => ({
      imageId,
      name,
      description,
      consul: consulVersion,
    })),
    remarks: sandbox.bindings().flatMap(remarkOn),
  };
}

function serversOf(aws: Sandbox['aws']): SandboxSummary['servers'] {
  const { Reservations = [] } = aws.call('ec2', 'DescribeInstances', {});
  const instances = Reservations.flatMap((reservation) => reservation.Instances ?? []);
  return instances.map((instance) => ({
    instanceId: instance.InstanceId ?? '',
    address: instance.PrivateIpAddress ?? '',
    zone: instance.Placement?.AvailabilityZone ?? '',
    imageId: instance.ImageId ?? '',
  }));
}

function remarkOn({ loadBalancerName, port, servedPort, problem }: ReturnType<Sandbox['bindings']>[number]): string[] {
  if (problem === undefined) return [];
  const listener = `Port ${port} of load balancer ${loadBalancerName}`;
  if (problem === 'unsupported-protocol') return [`${listener} is not served: the sandbox has no certificates.`];
  const why = problem === 'not-permitted' ? 'may not be bound by this user' : 'could not be bound';
  const where = servedPort === undefined ? 'it is not served.' : `it is served on ${servedPort} instead.`;
  return [`${listener} ${why}; ${where}`];
}

/** The port when none is given. */
export const DEFAULT_PORT = 4_599;

const LABEL_WIDTH = 15;
const UPGRADE_TO = 'consul-v2';

/**
 * The summary as lines of text: what was started, and what to try next.
 *
 * @param program how the person called it, for the commands to try.
 */
export function formatSummary(summary: SandboxSummary, program: string): string[] {
  const { servers, images, remarks } = summary;
  return [
    labelled('AWS endpoint', [`${summary.endpointUrl}, region ${summary.region}`]),
    labelled('Load balancer', summary.loadBalancerUrl === null ? [] : [summary.loadBalancerUrl]),
    labelled('Consul', [consulText(summary)]),
    labelled(
      'Servers',
      servers.map((one) => `${one.instanceId}  ${one.address.padEnd(12)}  ${one.zone}`),
    ),
    labelled('Images', aligned(images.map(({ imageId, name, description }) => [imageId, name, description]))),
    labelled('Note', remarks),
    labelled('Next', nextCommands(summary, program)),
  ].flat();
}

function consulText({ consul, images }: SandboxSummary): string {
  const versions = new Set(images.map((image) => image.consul));
  const others = versions.size > 1 ? '; other images run another version' : '';
  return consul.kind === 'process'
    ? `${consul.version}, a real process for every server${others}`
    : `${consul.version}, simulated; for a real Consul, set CONSUL_BIN or give --consul PATH`;
}

function nextCommands({ port, cluster, images }: SandboxSummary, program: string): string[] {
  const onPort = port === DEFAULT_PORT ? '' : ` --port ${port}`;
  const ami = images.find((image) => image.name === UPGRADE_TO)?.imageId;
  const order = `--cluster ${cluster} --ami ${ami}`;
  return [
    `eval "$(${program} sandbox env${onPort})"`,
    ...(cluster === null ? [] : [`${program} plan ${order}`, `${program} upgrade ${order}`]),
    `${program} sandbox down${onPort}`,
  ];
}

function labelled(label: string, texts: readonly string[]): string[] {
  return texts.map((text, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${text}`);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widthOf(column)))
      .join('  ')
      .trimEnd(),
  );
}
