import { z } from 'zod';
import { BOOT_DEFAULTS, OPTIONS_SET_BY_SCRIPT } from '../create/boot/options.js';
import { findSecretPath } from './boot-options.js';
import {
  booleanSchema,
  durationSchema,
  enumSchema,
  listSchema,
  mapSchema,
  parseSeconds,
  parseYaml,
  textSchema,
  wholeNumberSchema,
} from './yaml-file.js';

/** Of the servers, and of a load balancer. */
export const subnetsSchema = listSchema(
  textSchema(/^subnet-[0-9a-f]{8,17}$/, 'a subnet, for instance subnet-0abcdef1234567890'),
  1,
  'a list of subnets',
);

export const securityGroupsSchema = listSchema(
  textSchema(/^sg-[0-9a-f]{8,17}$/, 'a security group, for instance sg-0abcdef1234567890'),
  1,
  'a list of security groups',
);

const FOLDER_EXPECTED = 'an absolute path, two folders deep or more';
const folderSchema = textSchema(/^(\/(?!\.+(\/|$))[\w.-]+){2,}$/, FOLDER_EXPECTED);

/** Laid over Consul's configuration; neither what the script writes itself, nor anything secret. */
const consulConfigSchema = z
  .record(z.string(), z.json(), { error: 'Consul’s options, as keys and values' })
  .superRefine((config, context) => {
    const own = Object.keys(config).filter((name) => name in OPTIONS_SET_BY_SCRIPT);
    for (const key of own) {
      context.addIssue({ code: 'custom', path: [key], message: 'nothing: the boot script writes it itself' });
    }
    const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !own.includes(key)));
    const secret = findSecretPath(rest, []);
    if (secret === undefined) return;
    const message =
      'no secret, since whoever may describe a server reads its user data: bake it into the image';
    context.addIssue({ code: 'custom', path: [...secret], message });
  });

/** What the boot script is made of: as the flags of `consul-roll user-data`. */
export const bootSchema = mapSchema({
  peers: enumSchema(['describe-instances', 'cloud-auto-join'])
    .default(BOOT_DEFAULTS.peers)
    .meta({ description: 'Who finds the other servers: the script once, or Consul as often as it tries.' }),
  retryJoin: listSchema(textSchema(/./, 'what Consul takes as retry_join'), 0, 'a list of addresses')
    .default([])
    .meta({ description: 'Joined besides those found.' }),
  datacenter: textSchema(/^[a-z0-9_-]+$/, 'small letters, digits, dashes and underscores')
    .optional()
    .meta({ description: 'Consul’s datacenter; its own default is dc1.' }),
  gossipKeyFrom: textSchema(/^(ssm|secretsmanager):.+$/, 'ssm:PARAMETER or secretsmanager:SECRET')
    .optional()
    .meta({ description: 'Where a server reads the gossip key when it boots.' }),
  configDir: folderSchema
    .default(BOOT_DEFAULTS.configDir)
    .meta({ description: 'Where the service reads its configuration.' }),
  dataDir: folderSchema.default(BOOT_DEFAULTS.dataDir).meta({ description: 'Consul’s data.' }),
  extraConfig: consulConfigSchema
    .default({})
    .meta({ description: 'Laid over Consul’s configuration; no secrets.' }),
  gzip: booleanSchema()
    .default(false)
    .meta({ description: 'Compressed, where it would be more than EC2 takes.' }),
});

const LISTENER_PROTOCOLS = ['http', 'https', 'tcp', 'ssl'] as const;
const portSchema = wholeNumberSchema(1, 65_535, 'a port, from 1 to 65535');
/** As classic load balancers are named. */
const balancerNameSchema = textSchema(
  /^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
  'a name of letters, digits and dashes, 32 at the most',
);

const listenerSchema = mapSchema({
  port: portSchema.meta({ description: 'Where clients come in.' }),
  protocol: enumSchema(LISTENER_PROTOCOLS).default('http').meta({ description: 'What they speak.' }),
  instancePort: portSchema.default(8500).meta({ description: 'Where the servers are asked.' }),
  instanceProtocol: enumSchema(LISTENER_PROTOCOLS)
    .default('http')
    .meta({ description: 'What the servers speak.' }),
  certificate: textSchema(/^arn:aws[\w-]*:(acm|iam):.+$/, 'the ARN of a certificate')
    .optional()
    .meta({ description: 'For https and ssl.' }),
}).refine(({ protocol, certificate }) => isTlsProtocol(protocol) === (certificate !== undefined), {
  error: 'a certificate with https and ssl, and none without',
  path: ['certificate'],
});

const healthCheckSchema = mapSchema({
  target: textSchema(
    /^((HTTP|HTTPS):\d{1,5}\/.*|(TCP|SSL):\d{1,5})$/,
    'PROTOCOL:PORT/PATH, for instance HTTP:8500/v1/catalog/nodes?stale',
  )
    .default('HTTP:8500/v1/catalog/nodes?stale')
    .meta({ description: 'What is asked; docs/health-check.md says what an answer proves.' }),
  interval: durationSchema(5, 300).default('10s').meta({ description: 'Between two checks.' }),
  timeout: durationSchema(2, 60)
    .default('5s')
    .meta({ description: 'For one answer; less than the interval.' }),
  healthyThreshold: wholeNumberSchema(2, 10, 'a whole number from 2 to 10')
    .default(2)
    .meta({ description: 'Good answers in a row that bring a server into service.' }),
  unhealthyThreshold: wholeNumberSchema(2, 10, 'a whole number from 2 to 10')
    .default(2)
    .meta({ description: 'Bad ones that take it out.' }),
}).refine(({ interval, timeout }) => parseSeconds(timeout) < parseSeconds(interval), {
  error: 'less than the interval',
  path: ['timeout'],
});

/** A classic load balancer. */
export const balancerSchema = mapSchema({
  name: balancerNameSchema.optional().meta({ description: 'Its name; otherwise the cluster’s.' }),
  internal: booleanSchema().default(true).meta({ description: 'Reached from inside the VPC only.' }),
  subnets: subnetsSchema.optional().meta({ description: 'Where it is; otherwise where the servers are.' }),
  securityGroups: securityGroupsSchema.optional().meta({ description: 'Its own; otherwise the servers’.' }),
  listeners: listSchema(listenerSchema, 1, 'a list of listeners')
    .prefault([{ port: 8500 }])
    .meta({ description: 'What it listens to.' }),
  healthCheck: healthCheckSchema.prefault({}).meta({ description: 'How it knows which servers serve.' }),
  draining: durationSchema(0, 3600)
    .default('60s')
    .meta({ description: 'How long requests in flight may take when a server goes; 0s turns it off.' }),
  crossZone: booleanSchema()
    .default(true)
    .meta({ description: 'Spread over all servers, not zone by zone.' }),
});

/** Load balancers that others look after. */
export const existingSchema = mapSchema({
  loadBalancers: listSchema(balancerNameSchema, 0, 'a list of classic load balancers')
    .default([])
    .meta({ description: 'Classic ones, by name.' }),
  targetGroups: listSchema(
    textSchema(/^arn:aws[\w-]*:elasticloadbalancing:.+:targetgroup\/.+$/, 'the ARN of a target group'),
    0,
    'a list of target groups',
  )
    .default([])
    .meta({ description: 'Of application and network load balancers, by ARN.' }),
});

function isTlsProtocol(protocol: (typeof LISTENER_PROTOCOLS)[number]): boolean {
  return protocol === 'https' || protocol === 'ssl';
}

const rootVolumeSchema = mapSchema({
  sizeGiB: wholeNumberSchema(1, 16_384, 'a whole number of GiB').meta({
    description: 'Its size, the image’s at least.',
  }),
  type: enumSchema(['gp3', 'gp2', 'standard']).default('gp3').meta({ description: 'Its type in EBS.' }),
  encrypted: booleanSchema()
    .default(true)
    .meta({ description: 'Encrypted at rest, with the account’s default key.' }),
  device: textSchema(/^(\/dev\/)?[a-z0-9/]+$/, 'a device name, for instance /dev/xvda')
    .optional()
    .meta({ description: 'What the image calls its root device; asked of EC2 where it is left out.' }),
});

const metadataOptionsSchema = mapSchema({
  tokens: enumSchema(['required', 'optional'])
    .default('required')
    .meta({ description: 'IMDSv2 alone, or the older service too.' }),
  hopLimit: wholeNumberSchema(1, 64, 'a whole number from 1 to 64')
    .default(1)
    .meta({ description: 'How many hops an answer may take; 2 for a Consul in a container.' }),
});

const groupHealthSchema = mapSchema({
  type: enumSchema(['EC2', 'ELB']).default('EC2').meta({
    description:
      'Who calls a server ill, so that it is replaced. With ELB a fault of a load balancer can end every server at once.',
  }),
  grace: durationSchema(0, 7200)
    .default('300s')
    .meta({ description: 'How long after its launch a server cannot be ill.' }),
});

const lifecycleHookSchema = mapSchema({
  name: textSchema(/^[\w/-]{1,255}$/, 'a name of letters, digits, dashes, underscores and slashes').meta({
    description: 'Its name.',
  }),
  on: enumSchema(['launching', 'terminating']).meta({ description: 'When it holds a server.' }),
  timeout: durationSchema(30, 7200).default('300s').meta({ description: 'How long it holds it.' }),
  otherwise: enumSchema(['continue', 'abandon'])
    .default('continue')
    .meta({ description: 'What happens when that time is over.' }),
});

const tagKeySchema = textSchema(
  /^(?!(aws|consul-roll):)(?!Name$)[\w .:/=+@-]{1,128}$/,
  'a tag key that is not Name (it is the cluster’s name), and not of aws: or consul-roll:',
);

const clusterFileShape = mapSchema({
  cluster: textSchema(
    /^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
    'a name of letters, digits and dashes, 32 at the most',
  ).meta({
    description: 'Names the group, what it launches from, the load balancer, and the servers’ Name tag.',
  }),
  region: textSchema(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, for instance eu-west-1')
    .optional()
    .meta({ description: 'The AWS region; otherwise the SDK’s own default (AWS_REGION, the profile).' }),
  size: z
    .literal([3, 5, 7], { error: '3, 5 or 7 servers' })
    .default(5)
    .meta({ description: 'How many servers: 3 survive the loss of one, 5 of two, 7 of three.' }),
  image: textSchema(/^ami-[0-9a-f]{8,17}$/, 'an image id, for instance ami-0abcdef1234567890').meta({
    description: 'The image with Consul in it.',
  }),
  instanceType: textSchema(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an instance type, for instance t3.medium')
    .default('t3.medium')
    .meta({ description: 'The servers’ type.' }),
  launchFrom: enumSchema(['launch-template', 'launch-configuration']).default('launch-template').meta({
    description: 'What the group launches from. AWS refuses launch configurations to newer accounts.',
  }),
  subnets: subnetsSchema.meta({ description: 'Where the servers are, best in three zones.' }),
  securityGroups: securityGroupsSchema.meta({
    description:
      'The servers’: they reach each other on 8300 (TCP) and 8301 (TCP and UDP), and are asked on 8500.',
  }),
  instanceProfile: textSchema(
    /^(arn:aws[\w-]*:iam::\d{12}:instance-profile\/)?[\w+=,.@/-]{1,512}$/,
    'the name or the ARN of an instance profile',
  ).meta({ description: 'Name or ARN; its role needs ec2:DescribeInstances to find the other servers.' }),
  keyName: textSchema(/^.{1,255}$/, 'the name of a key pair')
    .optional()
    .meta({ description: 'A key pair for SSH.' }),
  publicAddress: booleanSchema()
    .optional()
    .meta({ description: 'Whether servers get a public address; otherwise as the subnet says.' }),
  rootVolume: rootVolumeSchema
    .optional()
    .meta({ description: 'The root volume; otherwise the image’s own.' }),
  metadata: metadataOptionsSchema.prefault({}).meta({ description: 'The metadata service of the servers.' }),
  boot: bootSchema.optional().meta({ description: 'What the boot script does, see docs/boot.md.' }),
  userDataFile: textSchema(/./, 'the path of a script')
    .optional()
    .meta({ description: 'A boot script of your own, seen from this file; in place of boot.' }),
  loadBalancer: balancerSchema.optional().meta({ description: 'A classic load balancer to be made.' }),
  existing: existingSchema
    .prefault({})
    .meta({ description: 'What is there already, to put the servers behind.' }),
  health: groupHealthSchema.prefault({}).meta({ description: 'When the group replaces a server.' }),
  tags: z
    .record(
      tagKeySchema,
      textSchema(/^.{0,256}$/s, 'text of 256 characters at the most, in quotes where it looks like a number'),
      { error: 'keys and values' },
    )
    .default({})
    .meta({ description: 'Tags of the group and its servers, besides Name.' }),
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
    .meta({ description: 'Which server goes first, should somebody shrink the group.' }),
  lifecycleHooks: listSchema(lifecycleHookSchema, 0, 'a list of lifecycle hooks')
    .default([])
    .meta({ description: 'Holds servers that come or go, for programs of yours.' }),
});

/** A cluster as one file describes it: `consul-roll create --file`. */
export const clusterSchema = clusterFileShape.refine(
  (file) => file.boot === undefined || file.userDataFile === undefined,
  {
    error: 'nothing: boot is there too',
    path: ['userDataFile'],
  },
);

/** What a file says, defaults filled in. */
export type ClusterFile = z.infer<typeof clusterSchema>;

/**
 * The cluster that a file describes.
 *
 * @param name of the file, for what is said about it
 * @throws RollError `cluster-file-wrong`, exit 2, with every mistake: its line, column and key, and what was expected
 */
export function parseClusterFile(text: string, name: string): ClusterFile {
  return parseYaml(text, clusterSchema, { name, code: 'cluster-file-wrong', doc: 'docs/create.md' }).value;
}
