/** A cluster file with what it must say, in the sandbox's account, and nothing more. */
export const MINIMAL_CLUSTER_FILE = `cluster: consul
image: ami-0c0515ea000000001
subnets: [subnet-0c0515ea00000000a, subnet-0c0515ea00000000b, subnet-0c0515ea00000000c]
securityGroups: [sg-0c0515ea000000002]
instanceProfile: consul
`;

/** A second cluster beside the one that a sandbox has. */
export const SECOND_CLUSTER_FILE = `${MINIMAL_CLUSTER_FILE.replace('cluster: consul', 'cluster: second')}size: 3
loadBalancer: {healthCheck: {interval: 5s, timeout: 2s}}
`;
