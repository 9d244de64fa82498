import type { StaticOperationSchema } from '@smithy/types';
import type { ServiceName } from '../aws/actions.js';
import { autoScalingOperations } from './operations/auto-scaling.js';
import { ec2Operations } from './operations/ec2.js';
import { iamOperations } from './operations/iam.js';
import { loadBalancingOperations } from './operations/load-balancing.js';
import { loadBalancingV2Operations } from './operations/load-balancing-v2.js';
import { ssmOperations } from './operations/ssm.js';
import { stsOperations } from './operations/sts.js';

/** The two query protocols, and JSON. */
export type Dialect = 'query' | 'ec2' | 'json';

/** How one service is spoken to: by which protocol, and which shapes. */
export interface ServiceDefinition {
  readonly name: ServiceName;
  /** What a signature's scope calls it; the two load balancing services share one. */
  readonly signingName: string;
  /** The API's version, as each request carries it. */
  readonly version: string;
  readonly xmlNamespace: string;
  readonly dialect: Dialect;
  /** What `X-Amz-Target` has before the action, in a service of JSON. */
  readonly target?: string;
  readonly operations: Readonly<Record<string, StaticOperationSchema>>;
}

/** The services of the endpoint. */
export const SERVICES: Readonly<Record<ServiceName, ServiceDefinition>> = {
  autoscaling: {
    name: 'autoscaling',
    signingName: 'autoscaling',
    version: '2011-01-01',
    xmlNamespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
    dialect: 'query',
    operations: autoScalingOperations,
  },
  elasticloadbalancing: {
    name: 'elasticloadbalancing',
    signingName: 'elasticloadbalancing',
    version: '2012-06-01',
    xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/',
    dialect: 'query',
    operations: loadBalancingOperations,
  },
  elasticloadbalancingv2: {
    name: 'elasticloadbalancingv2',
    signingName: 'elasticloadbalancing',
    version: '2015-12-01',
    xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
    dialect: 'query',
    operations: loadBalancingV2Operations,
  },
  ec2: {
    name: 'ec2',
    signingName: 'ec2',
    version: '2016-11-15',
    xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    dialect: 'ec2',
    operations: ec2Operations,
  },
  sts: {
    name: 'sts',
    signingName: 'sts',
    version: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    dialect: 'query',
    operations: stsOperations,
  },
  iam: {
    name: 'iam',
    signingName: 'iam',
    version: '2010-05-08',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    dialect: 'query',
    operations: iamOperations,
  },
  ssm: {
    name: 'ssm',
    signingName: 'ssm',
    version: '2014-11-06',
    xmlNamespace: '',
    dialect: 'json',
    target: 'AmazonSSM',
    operations: ssmOperations,
  },
};

/**
 * The service that a signature's scope and a request's version name; undefined for one the endpoint does not have. A
 * unknown version is ignored.
 */
export function findServiceBySignature(signingName: string, version: string): ServiceDefinition | undefined {
  const signed = Object.values(SERVICES).filter((service) => service.signingName === signingName);
  return signed.find((service) => service.version === version) ?? signed[0];
}

/** The service whose API has that version: how an unsigned request is recognised. */
export function findServiceByVersion(version: string): ServiceDefinition | undefined {
  return Object.values(SERVICES).find((service) => service.version === version);
}

/** An operation's input shape, out of the SDK's schema. */
export function getInputSchema(operation: StaticOperationSchema): StaticOperationSchema[4] {
  return operation[4];
}

/** An operation's output shape, out of the SDK's schema. */
export function getOutputSchema(operation: StaticOperationSchema): StaticOperationSchema[5] {
  return operation[5];
}
