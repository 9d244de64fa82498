import { z } from 'zod';
import { duration, flag, listOf, mapOf, text, whole, word } from '../yaml-file/values.js';
import { balancerSchema, existingSchema } from './schema-balancer.js';
import { bootSchema } from './schema-boot.js';
import { securityGroups, subnets } from './schema-network.js';

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
