import * as z from 'zod';
import { BOOT_DEFAULTS, OPTIONS_SET_BY_SCRIPT } from '../create/boot/options.js';
import { findSecretPath } from './boot-options.js';
import {
  booleanSchema,
  durationSchema,
  enumSchema,
  listSchema,
  mapSchema,
  parseSeconds,
  textSchema,
  wholeNumberSchema,
} from './schema.js';
import { parseYaml } from './yaml-file.js';

/** Subnets of the servers, or of a load balancer. */
const subnetsSchema = listSchema(
  textSchema(/^subnet-[0-9a-f]{8,17}$/, 'a subnet, for instance subnet-0abcdef1234567890'),
  1,
  'a list of subnets',
);

const securityGroupsSchema = listSchema(
  textSchema(/^sg-[0-9a-f]{8,17}$/, 'a security group, for instance sg-0abcdef1234567890'),
  1,
  'a list of security groups',
);

const FOLDER_EXPECTED = 'an absolute path, two folders deep or more';
const folderSchema = textSchema(/^(\/(?!\.+(\/|$))[\w.-]+){2,}$/, FOLDER_EXPECTED);

/** Merged into Consul's configuration; without options that the script sets, and without secrets. */
const consulConfigSchema = z
  .record(z.string(), z.json(), { error: 'Consul’s options, as keys and values' })
  .superRefine((config, context) => {
    const own = Object.keys(config).filter((name) => name in OPTIONS_SET_BY_SCRIPT);
    for (const key of own) {
      context.addIssue({ code: 'custom', path: [key], message: 'no value: the boot script sets it' });
    }
    const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !own.includes(key)));
    const secret = findSecretPath(rest, []);
    if (secret === undefined) return;
    const message =
      'no secret, because user data can be read by everyone who may describe the server: put it into the image';
    context.addIssue({ code: 'custom', path: [...secret], message });
  });

/** The options of the boot script, as the flags of `consul-roll user-data`. */
export const bootSchema = mapSchema({
  peers: enumSchema(['describe-instances', 'cloud-auto-join'])
    .default(BOOT_DEFAULTS.peers)
    .describe('What finds the other servers: the script, once, or Consul, at each attempt to join.'),
  retryJoin: listSchema(textSchema(/./, 'a value of Consul’s retry_join'), 0, 'a list of addresses')
    .default([])
    .describe('Addresses to join in addition to those found.'),
  datacenter: textSchema(/^[a-z0-9_-]+$/, 'lower-case letters, digits, dashes and underscores')
    .optional()
    .describe('Consul’s datacenter; Consul’s default is dc1.'),
  gossipKeyFrom: textSchema(/^(ssm|secretsmanager):.+$/, 'ssm:PARAMETER or secretsmanager:SECRET')
    .optional()
    .describe('Where a server reads the gossip key at boot.'),
  configDir: folderSchema.default(BOOT_DEFAULTS.configDir).describe('Folder of Consul’s configuration.'),
  dataDir: folderSchema.default(BOOT_DEFAULTS.dataDir).describe('Folder of Consul’s data.'),
  extraConfig: consulConfigSchema.default({}).describe('Merged into Consul’s configuration; no secrets.'),
  gzip: booleanSchema().default(false).describe('Compress the script, if it is larger than EC2 accepts.'),
});

const LISTENER_PROTOCOLS = ['http', 'https', 'tcp', 'ssl'] as const;
const portSchema = wholeNumberSchema(1, 65_535, 'a port, from 1 to 65535');
/** AWS's rule for names of classic load balancers. */
const balancerNameSchema = textSchema(
  /^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
  'a name of letters, digits and dashes, at most 32',
);

const listenerSchema = mapSchema({
  port: portSchema.describe('Port for clients.'),
  protocol: enumSchema(LISTENER_PROTOCOLS).default('http').describe('Protocol for clients.'),
  instancePort: portSchema.default(8500).describe('Port of the servers.'),
  instanceProtocol: enumSchema(LISTENER_PROTOCOLS).default('http').describe('Protocol of the servers.'),
  certificate: textSchema(/^arn:aws[\w-]*:(acm|iam):.+$/, 'the ARN of a certificate')
    .optional()
    .describe('Required for https and ssl.'),
}).refine(({ protocol, certificate }) => isTlsProtocol(protocol) === (certificate !== undefined), {
  error: 'a certificate with https and ssl only',
  path: ['certificate'],
});

const healthCheckSchema = mapSchema({
  target: textSchema(
    /^((HTTP|HTTPS):\d{1,5}\/.*|(TCP|SSL):\d{1,5})$/,
    'PROTOCOL:PORT/PATH, for instance HTTP:8500/v1/catalog/nodes?stale',
  )
    .default('HTTP:8500/v1/catalog/nodes?stale')
    .describe('What is requested; see docs/health-check.md.'),
  interval: durationSchema(5, 300).default('10s').describe('Time between two checks.'),
  timeout: durationSchema(2, 60).default('5s').describe('Limit for one response; less than the interval.'),
  healthyThreshold: wholeNumberSchema(2, 10, 'a whole number from 2 to 10')
    .default(2)
    .describe('Consecutive successes that put a server into service.'),
  unhealthyThreshold: wholeNumberSchema(2, 10, 'a whole number from 2 to 10')
    .default(2)
    .describe('Consecutive failures that take a server out of service.'),
}).refine(({ interval, timeout }) => parseSeconds(timeout) < parseSeconds(interval), {
  error: 'less than the interval',
  path: ['timeout'],
});

/** A classic load balancer. */
const balancerSchema = mapSchema({
  name: balancerNameSchema.optional().describe('Its name; default: the name of the cluster.'),
  internal: booleanSchema().default(true).describe('Whether only the VPC can reach it.'),
  subnets: subnetsSchema.optional().describe('Its subnets; default: those of the servers.'),
  securityGroups: securityGroupsSchema.optional().describe('Its security groups; default: those of the servers.'),
  listeners: listSchema(listenerSchema, 1, 'a list of listeners')
    .prefault([{ port: 8500 }])
    .describe('Its listeners.'),
  healthCheck: healthCheckSchema.prefault({}).describe('Its health check of the servers.'),
  draining: durationSchema(0, 3600)
    .default('60s')
    .describe('Connection draining: how long requests in flight may take when a server is removed; 0s disables it.'),
  crossZone: booleanSchema().default(true).describe('Whether requests are spread over all servers in all zones.'),
});

/** Load balancers that are managed elsewhere. */
const existingSchema = mapSchema({
  loadBalancers: listSchema(balancerNameSchema, 0, 'a list of classic load balancers')
    .default([])
    .describe('Classic load balancers, by name.'),
  targetGroups: listSchema(
    textSchema(/^arn:aws[\w-]*:elasticloadbalancing:.+:targetgroup\/.+$/, 'the ARN of a target group'),
    0,
    'a list of target groups',
  )
    .default([])
    .describe('Target groups of application and network load balancers, by ARN.'),
});

function isTlsProtocol(protocol: (typeof LISTENER_PROTOCOLS)[number]): boolean {
  return protocol === 'https' || protocol === 'ssl';
}

const rootVolumeSchema = mapSchema({
  sizeGiB: wholeNumberSchema(1, 16_384, 'a whole number of GiB').describe('Its size, at least that of the image.'),
  type: enumSchema(['gp3', 'gp2', 'standard']).default('gp3').describe('Its EBS type.'),
  encrypted: booleanSchema().default(true).describe('Whether it is encrypted, with the account’s default key.'),
  device: textSchema(/^(\/dev\/)?[a-z0-9/]+$/, 'a device name, for instance /dev/xvda')
    .optional()
    .describe('The root device name of the image; default: as EC2 reports it.'),
});

const metadataOptionsSchema = mapSchema({
  tokens: enumSchema(['required', 'optional']).default('required').describe('Whether IMDSv2 is required.'),
  hopLimit: wholeNumberSchema(1, 64, 'a whole number from 1 to 64')
    .default(1)
    .describe('Hops that a response may take; 2 for Consul in a container.'),
});

const groupHealthSchema = mapSchema({
  type: enumSchema(['EC2', 'ELB'])
    .default('EC2')
    .describe(
      'Whose health checks make Auto Scaling replace a server. With ELB a fault of a load balancer can replace every server at once.',
    ),
  grace: durationSchema(0, 7200).default('300s').describe('How long after its launch a server is not checked.'),
});

const lifecycleHookSchema = mapSchema({
  name: textSchema(/^[\w/-]{1,255}$/, 'a name of letters, digits, dashes, underscores and slashes').describe(
    'Its name.',
  ),
  on: enumSchema(['launching', 'terminating']).describe('Which transition it holds.'),
  timeout: durationSchema(30, 7200).default('300s').describe('How long it holds the server.'),
  otherwise: enumSchema(['continue', 'abandon']).default('continue').describe('What happens after that time.'),
});

const tagKeySchema = textSchema(
  /^(?!(aws|consul-roll):)(?!Name$)[\w .:/=+@-]{1,128}$/,
  'a tag key other than Name (which is the cluster’s name) that does not start with aws: or consul-roll:',
);

const clusterFileShape = mapSchema({
  cluster: textSchema(
    /^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
    'a name of letters, digits and dashes, at most 32',
  ).describe('Name of the group, of its launch source and of the load balancer, and value of the servers’ Name tag.'),
  region: textSchema(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, for instance eu-west-1')
    .optional()
    .describe('The AWS region; default: as the SDK finds it (AWS_REGION, the profile).'),
  size: z
    .literal([3, 5, 7], { error: '3, 5 or 7 servers' })
    .default(5)
    .describe('Number of servers: 3 can lose one, 5 can lose two, 7 can lose three.'),
  image: textSchema(/^ami-[0-9a-f]{8,17}$/, 'an image id, for instance ami-0abcdef1234567890').describe(
    'An image that contains Consul.',
  ),
  instanceType: textSchema(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an instance type, for instance t3.medium')
    .default('t3.medium')
    .describe('Instance type of the servers.'),
  launchFrom: enumSchema(['launch-template', 'launch-configuration'])
    .default('launch-template')
    .describe('The launch source of the group. Newer AWS accounts cannot create launch configurations.'),
  subnets: subnetsSchema.describe('Subnets of the servers, best in three zones.'),
  securityGroups: securityGroupsSchema.describe(
    'Security groups of the servers. They must open 8300 (TCP) and 8301 (TCP and UDP) between servers, and 8500 to clients.',
  ),
  instanceProfile: textSchema(
    /^(arn:aws[\w-]*:iam::\d{12}:instance-profile\/)?[\w+=,.@/-]{1,512}$/,
    'the name or the ARN of an instance profile',
  ).describe('Name or ARN; its role needs ec2:DescribeInstances to find the other servers.'),
  keyName: textSchema(/^.{1,255}$/, 'the name of a key pair')
    .optional()
    .describe('A key pair for SSH.'),
  publicAddress: booleanSchema()
    .optional()
    .describe('Whether servers get a public address; default: the setting of the subnet.'),
  rootVolume: rootVolumeSchema.optional().describe('The root volume; default: that of the image.'),
  metadata: metadataOptionsSchema.prefault({}).describe('The metadata service of the servers.'),
  boot: bootSchema.optional().describe('Options of the boot script, see docs/boot.md.'),
  userDataFile: textSchema(/./, 'the path of a script')
    .optional()
    .describe('Your own boot script instead of boot; the path is relative to this file.'),
  loadBalancer: balancerSchema.optional().describe('A classic load balancer to create.'),
  existing: existingSchema.prefault({}).describe('Existing load balancers and target groups to attach.'),
  health: groupHealthSchema.prefault({}).describe('When the group replaces a server.'),
  tags: z
    .record(
      tagKeySchema,
      textSchema(/^.{0,256}$/s, 'text of at most 256 characters, quoted if it looks like a number'),
      { error: 'keys and values' },
    )
    .default({})
    .describe('Tags of the group and its servers, in addition to Name.'),
  terminationPolicies: listSchema(
    enumSchema([
      'Default',
      'AllocationStrategy',
      'ClosestToNextInstanceHour',
      'NewestInstance',
      'OldestInstance',
      'OldestLaunchConfiguration',
      'OldestLaunchTemplate',
    ]),
    1,
    'a list of termination policies',
  )
    .default(['Default'])
    .describe('Which server Auto Scaling terminates first at a scale-in.'),
  lifecycleHooks: listSchema(lifecycleHookSchema, 0, 'a list of lifecycle hooks')
    .default([])
    .describe('Hooks that hold servers when they launch or terminate, for your own programs.'),
});

/** The file of `consul-roll create --file`. */
export const clusterSchema = clusterFileShape.refine(
  (file) => file.boot === undefined || file.userDataFile === undefined,
  { error: 'no value: boot is set too', path: ['userDataFile'] },
);

/** With defaults filled in. */
export type ClusterFile = z.infer<typeof clusterSchema>;

/**
 * @param name of the file, for error messages
 * @throws RollError `cluster-file-wrong`, with the line, column and key of every mistake, and what was expected
 */
export function parseClusterFile(text: string, name: string): ClusterFile {
  return parseYaml(text, clusterSchema, { name, code: 'cluster-file-wrong', doc: 'docs/create.md' }).value;
}
