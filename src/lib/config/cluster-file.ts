import { z } from 'zod';
import { bootDefaults, ownedByScript } from '../create/boot/options.js';
import { secretIn } from './boot-options.js';
import { duration, flag, listOf, mapOf, readYaml, secondsOf, text, whole, word } from './yaml-file.js';

/** Of the servers, and of a load balancer. */
export const subnets = listOf(
  text(/^subnet-[0-9a-f]{8,17}$/, 'a subnet, for instance subnet-0abcdef1234567890'),
  1,
  'a list of subnets',
);

export const securityGroups = listOf(
  text(/^sg-[0-9a-f]{8,17}$/, 'a security group, for instance sg-0abcdef1234567890'),
  1,
  'a list of security groups',
);

const FOLDER = 'an absolute path, two folders deep or more';
const folder = text(/^(\/(?!\.+(\/|$))[\w.-]+){2,}$/, FOLDER);

/** Laid over Consul's configuration; neither what the script writes itself, nor anything secret. */
const configuration = z
  .record(z.string(), z.json(), { error: 'Consul’s options, as keys and values' })
  .superRefine((config, context) => {
    const own = Object.keys(config).filter((name) => name in ownedByScript);
    for (const key of own) {
      context.addIssue({ code: 'custom', path: [key], message: 'nothing: the boot script writes it itself' });
    }
    const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !own.includes(key)));
    const secret = secretIn(rest, []);
    if (secret === undefined) return;
    const message =
      'no secret, since whoever may describe a server reads its user data: bake it into the image';
    context.addIssue({ code: 'custom', path: [...secret], message });
  });

/** What the boot script is made of: as the flags of `consul-roll user-data`. */
export const bootSchema = mapOf({
  peers: word(['describe-instances', 'cloud-auto-join'])
    .default(bootDefaults.peers)
    .meta({ description: 'Who finds the other servers: the script once, or Consul as often as it tries.' }),
  retryJoin: listOf(text(/./, 'what Consul takes as retry_join'), 0, 'a list of addresses')
    .default([])
    .meta({ description: 'Joined besides those found.' }),
  datacenter: text(/^[a-z0-9_-]+$/, 'small letters, digits, dashes and underscores')
    .optional()
    .meta({ description: 'Consul’s datacenter; its own default is dc1.' }),
  gossipKeyFrom: text(/^(ssm|secretsmanager):.+$/, 'ssm:PARAMETER or secretsmanager:SECRET')
    .optional()
    .meta({ description: 'Where a server reads the gossip key when it boots.' }),
  configDir: folder
    .default(bootDefaults.configDir)
    .meta({ description: 'Where the service reads its configuration.' }),
  dataDir: folder.default(bootDefaults.dataDir).meta({ description: 'Consul’s data.' }),
  extraConfig: configuration
    .default({})
    .meta({ description: 'Laid over Consul’s configuration; no secrets.' }),
  gzip: flag().default(false).meta({ description: 'Compressed, where it would be more than EC2 takes.' }),
});

const PROTOCOLS = ['http', 'https', 'tcp', 'ssl'] as const;
const port = whole(1, 65_535, 'a port, from 1 to 65535');
/** As classic load balancers are named. */
const balancerName = text(
  /^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
  'a name of letters, digits and dashes, 32 at the most',
);

const listener = mapOf({
  port: port.meta({ description: 'Where clients come in.' }),
  protocol: word(PROTOCOLS).default('http').meta({ description: 'What they speak.' }),
  instancePort: port.default(8500).meta({ description: 'Where the servers are asked.' }),
  instanceProtocol: word(PROTOCOLS).default('http').meta({ description: 'What the servers speak.' }),
  certificate: text(/^arn:aws[\w-]*:(acm|iam):.+$/, 'the ARN of a certificate')
    .optional()
    .meta({ description: 'For https and ssl.' }),
}).refine(({ protocol, certificate }) => isSecure(protocol) === (certificate !== undefined), {
  error: 'a certificate with https and ssl, and none without',
  path: ['certificate'],
});

const healthCheck = mapOf({
  target: text(
    /^((HTTP|HTTPS):\d{1,5}\/.*|(TCP|SSL):\d{1,5})$/,
    'PROTOCOL:PORT/PATH, for instance HTTP:8500/v1/catalog/nodes?stale',
  )
    .default('HTTP:8500/v1/catalog/nodes?stale')
    .meta({ description: 'What is asked; docs/health-check.md says what an answer proves.' }),
  interval: duration(5, 300).default('10s').meta({ description: 'Between two checks.' }),
  timeout: duration(2, 60).default('5s').meta({ description: 'For one answer; less than the interval.' }),
  healthyThreshold: whole(2, 10, 'a whole number from 2 to 10')
    .default(2)
    .meta({ description: 'Good answers in a row that bring a server into service.' }),
  unhealthyThreshold: whole(2, 10, 'a whole number from 2 to 10')
    .default(2)
    .meta({ description: 'Bad ones that take it out.' }),
}).refine(({ interval, timeout }) => secondsOf(timeout) < secondsOf(interval), {
  error: 'less than the interval',
  path: ['timeout'],
});

/** A classic load balancer. */
export const balancerSchema = mapOf({
  name: balancerName.optional().meta({ description: 'Its name; otherwise the cluster’s.' }),
  internal: flag().default(true).meta({ description: 'Reached from inside the VPC only.' }),
  subnets: subnets.optional().meta({ description: 'Where it is; otherwise where the servers are.' }),
  securityGroups: securityGroups.optional().meta({ description: 'Its own; otherwise the servers’.' }),
  listeners: listOf(listener, 1, 'a list of listeners')
    .prefault([{ port: 8500 }])
    .meta({ description: 'What it listens to.' }),
  healthCheck: healthCheck.prefault({}).meta({ description: 'How it knows which servers serve.' }),
  draining: duration(0, 3600)
    .default('60s')
    .meta({ description: 'How long requests in flight may take when a server goes; 0s turns it off.' }),
  crossZone: flag().default(true).meta({ description: 'Spread over all servers, not zone by zone.' }),
});

/** Load balancers that others look after. */
export const existingSchema = mapOf({
  loadBalancers: listOf(balancerName, 0, 'a list of classic load balancers')
    .default([])
    .meta({ description: 'Classic ones, by name.' }),
  targetGroups: listOf(
    text(/^arn:aws[\w-]*:elasticloadbalancing:.+:targetgroup\/.+$/, 'the ARN of a target group'),
    0,
    'a list of target groups',
  )
    .default([])
    .meta({ description: 'Of application and network load balancers, by ARN.' }),
});

function isSecure(protocol: (typeof PROTOCOLS)[number]): boolean {
  return protocol === 'https' || protocol === 'ssl';
}

const rootVolume = mapOf({
  sizeGiB: whole(1, 16_384, 'a whole number of GiB').meta({ description: 'Its size, the image’s at least.' }),
  type: word(['gp3', 'gp2', 'standard']).default('gp3').meta({ description: 'Its type in EBS.' }),
  encrypted: flag().default(true).meta({ description: 'Encrypted at rest, with the account’s default key.' }),
  device: text(/^(\/dev\/)?[a-z0-9/]+$/, 'a device name, for instance /dev/xvda')
    .optional()
    .meta({ description: 'What the image calls its root device; asked of EC2 where it is left out.' }),
});

const metadata = mapOf({
  tokens: word(['required', 'optional'])
    .default('required')
    .meta({ description: 'IMDSv2 alone, or the older service too.' }),
  hopLimit: whole(1, 64, 'a whole number from 1 to 64')
    .default(1)
    .meta({ description: 'How many hops an answer may take; 2 for a Consul in a container.' }),
});

const health = mapOf({
  type: word(['EC2', 'ELB']).default('EC2').meta({
    description:
      'Who calls a server ill, so that it is replaced. With ELB a fault of a load balancer can end every server at once.',
  }),
  grace: duration(0, 7200)
    .default('300s')
    .meta({ description: 'How long after its launch a server cannot be ill.' }),
});

const hook = mapOf({
  name: text(/^[\w/-]{1,255}$/, 'a name of letters, digits, dashes, underscores and slashes').meta({
    description: 'Its name.',
  }),
  on: word(['launching', 'terminating']).meta({ description: 'When it holds a server.' }),
  timeout: duration(30, 7200).default('300s').meta({ description: 'How long it holds it.' }),
  otherwise: word(['continue', 'abandon'])
    .default('continue')
    .meta({ description: 'What happens when that time is over.' }),
});

const tagKey = text(
  /^(?!(aws|consul-roll):)(?!Name$)[\w .:/=+@-]{1,128}$/,
  'a tag key that is not Name (it is the cluster’s name), and not of aws: or consul-roll:',
);

const shape = mapOf({
  cluster: text(
    /^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
    'a name of letters, digits and dashes, 32 at the most',
  ).meta({
    description: 'Names the group, what it launches from, the load balancer, and the servers’ Name tag.',
  }),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, for instance eu-west-1')
    .optional()
    .meta({ description: 'The AWS region; otherwise the SDK’s own default (AWS_REGION, the profile).' }),
  size: z
    .literal([3, 5, 7], { error: '3, 5 or 7 servers' })
    .default(5)
    .meta({ description: 'How many servers: 3 survive the loss of one, 5 of two, 7 of three.' }),
  image: text(/^ami-[0-9a-f]{8,17}$/, 'an image id, for instance ami-0abcdef1234567890').meta({
    description: 'The image with Consul in it.',
  }),
  instanceType: text(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an instance type, for instance t3.medium')
    .default('t3.medium')
    .meta({ description: 'The servers’ type.' }),
  launchFrom: word(['launch-template', 'launch-configuration']).default('launch-template').meta({
    description: 'What the group launches from. AWS refuses launch configurations to newer accounts.',
  }),
  subnets: subnets.meta({ description: 'Where the servers are, best in three zones.' }),
  securityGroups: securityGroups.meta({
    description:
      'The servers’: they reach each other on 8300 (TCP) and 8301 (TCP and UDP), and are asked on 8500.',
  }),
  instanceProfile: text(
    /^(arn:aws[\w-]*:iam::\d{12}:instance-profile\/)?[\w+=,.@/-]{1,512}$/,
    'the name or the ARN of an instance profile',
  ).meta({ description: 'Name or ARN; its role needs ec2:DescribeInstances to find the other servers.' }),
  keyName: text(/^.{1,255}$/, 'the name of a key pair')
    .optional()
    .meta({ description: 'A key pair for SSH.' }),
  publicAddress: flag()
    .optional()
    .meta({ description: 'Whether servers get a public address; otherwise as the subnet says.' }),
  rootVolume: rootVolume.optional().meta({ description: 'The root volume; otherwise the image’s own.' }),
  metadata: metadata.prefault({}).meta({ description: 'The metadata service of the servers.' }),
  boot: bootSchema.optional().meta({ description: 'What the boot script does, see docs/boot.md.' }),
  userDataFile: text(/./, 'the path of a script')
    .optional()
    .meta({ description: 'A boot script of your own, seen from this file; in place of boot.' }),
  loadBalancer: balancerSchema.optional().meta({ description: 'A classic load balancer to be made.' }),
  existing: existingSchema
    .prefault({})
    .meta({ description: 'What is there already, to put the servers behind.' }),
  health: health.prefault({}).meta({ description: 'When the group replaces a server.' }),
  tags: z
    .record(
      tagKey,
      text(/^.{0,256}$/s, 'text of 256 characters at the most, in quotes where it looks like a number'),
      { error: 'keys and values' },
    )
    .default({})
    .meta({ description: 'Tags of the group and its servers, besides Name.' }),
  terminationPolicies: listOf(
    word([
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
  lifecycleHooks: listOf(hook, 0, 'a list of lifecycle hooks')
    .default([])
    .meta({ description: 'Holds servers that come or go, for programs of yours.' }),
});

/** A cluster as one file describes it: `consul-roll create --file`. */
export const clusterSchema = shape.refine(
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
export function readClusterFile(text: string, name: string): ClusterFile {
  return readYaml(text, clusterSchema, { name, code: 'cluster-file-wrong', doc: 'docs/create.md' }).value;
}
