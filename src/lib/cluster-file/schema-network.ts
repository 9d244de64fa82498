import { listOf, text } from '../yaml-file/values.js';

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
