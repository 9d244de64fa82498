import { duration, flag, listOf, mapOf, secondsOf, text, whole, word } from '../yaml-file/values.js';
import { securityGroups, subnets } from './schema-network.js';

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
