import type { AutoScalingGroupsType, AutoScalingInstancesType } from '@aws-sdk/client-auto-scaling';
import type { DescribeInstancesRequest, DescribeInstancesResult } from '@aws-sdk/client-ec2';

/**
 * Interfaces between the account (EC2, Auto Scaling and load balancing as pure state) and the places where servers run
 * and traffic flows. There are two implementations: real processes and sockets for `sandbox` and `demo`, and simulated
 * ones under a virtual clock for the simulator. Everything is
 * synchronous or answered by callback, so that a virtual clock can drive it.
 */

/**
 * Writes the boot script of servers that find each other by this tag: for the sandbox's own clusters, and for
 * instances launched without user data.
 *
 * @param bootstrapExpect how many servers bootstrap the cluster; 0 where all of them only join
 */
export type BootScriptRenderer = (
  tag: { readonly key: string; readonly value: string },
  bootstrapExpect: number,
) => string;

/** How an image behaves when an instance boots from it. See SPEC.md, "Images". */
export type ImageBehaviour =
  | 'good'
  | 'broken'
  | 'lonely'
  | 'slow'
  | 'crashloop'
  | 'founder'
  | 'clone'
  | 'namesake'
  | 'stuck';

/** A machine image of the sandbox, as DescribeImages lists it. */
export interface SandboxImage {
  /** `ami-` and 17 hex digits. */
  readonly imageId: string;
  /** For instance `consul-v1`. */
  readonly name: string;
  readonly description: string;
  readonly behaviour: ImageBehaviour;
  /** The Consul version that a server of this image reports. */
  readonly consulVersion: string;
  /** The real Consul in the image; undefined where its servers are simulated. */
  readonly consulPath: string | undefined;
  /** Time from launch to the boot script, at speed 1. */
  readonly bootMs: number;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
}

/** What an instance was launched with: what its metadata service serves, and so what its boot script can read. */
export interface LaunchFacts {
  readonly region: string;
  readonly accountId: string;
  readonly instanceType: string;
  /** The private DNS name. */
  readonly hostName: string;
  /** Epoch milliseconds. */
  readonly launchedMs: number;
  /** Base64, as the API carries it. */
  readonly userData: string | undefined;
  /** Name or ARN; an instance without one has no credentials. */
  readonly instanceProfile: string | undefined;
  /** Whether the metadata service needs a token. */
  readonly httpTokens: 'optional' | 'required';
  /** Whether the metadata service serves the tags. */
  readonly tagsInMetadata: boolean;
  /** As they are now. */
  readonly tags: ReadonlyMap<string, string>;
}

/** One instance, as it is handed to the place that runs it. */
export interface InstanceSpec {
  readonly instanceId: string;
  /** Private IPv4 address: a loopback address, 127.x.y.z. */
  readonly address: string;
  readonly zone: string;
  readonly image: SandboxImage;
  /**
   * Addresses of running instances that carry the same `Name` tag, this one left out: what a boot script would find,
   * for servers that run none.
   */
  readonly peers: readonly string[];
  /**
   * How many servers to expect before a first election; undefined on a replacement, that is, whenever a server
   * with the same `Name` tag already runs Consul: replacements omit it, or they could bootstrap a second cluster.
   */
  readonly bootstrapExpect: number | undefined;
  readonly launch: LaunchFacts;
}

/** An HTTP or TCP health check, as a load balancer configures it. */
export interface HealthCheckTarget {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';
  readonly port: number;
  /** Only for HTTP and HTTPS. */
  readonly path?: string;
  readonly timeoutMs: number;
  /** The statuses that pass; only 200 where none are named. */
  readonly statusCodes?: readonly { readonly least: number; readonly most: number }[];
}

/** Why a check failed, as far as target groups tell it. */
export type CheckFailure =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'status'; readonly status: number };

/** The result of a check; a failure without a reason could not connect. */
export type CheckAnswer = (healthy: boolean, failure?: CheckFailure) => void;

/** Whether a status passes the check. */
export function passesCheck({ statusCodes }: HealthCheckTarget, status: number): boolean {
  const ranges = statusCodes ?? [{ least: 200, most: 200 }];
  return ranges.some(({ least, most }) => status >= least && status <= most);
}

/** Where instances run. The account calls these; none of them may throw. */
export interface InstanceBackend {
  /** The boot script starts: the instance is `running`, and Consul may come up. Called once an instance. */
  boot(spec: InstanceSpec): void;
  /**
   * The operating system is told to shut down, as EC2 does it: SIGTERM to everything, and what still runs after
   * `graceMs` gets SIGKILL. `done` is called once, when nothing of the instance runs any more.
   */
  shutdown(instanceId: string, graceMs: number, done: () => void): void;
  /** One health check; `answer` is called exactly once, at the latest after the target's timeout. */
  check(instanceId: string, target: HealthCheckTarget, answer: CheckAnswer): void;
  /** What the instance has written to its console, for GetConsoleOutput; undefined where there is no console. */
  console?(instanceId: string): string | undefined;
}

/** The cloud, as programs on an instance reach it; it is there before the first instance boots. */
export interface Cloud {
  /** For `AWS_ENDPOINT_URL`. */
  endpointUrl(): string;
  /** Of the instances' role. */
  readonly roleSecretKey: string;
  /** @throws AwsFault */
  describeInstances(input: DescribeInstancesRequest): DescribeInstancesResult;
  describeGroups(names: readonly string[]): AutoScalingGroupsType;
  describeGroupInstances(ids: readonly string[]): AutoScalingInstancesType;
}

/**
 * What the load balancer's data plane knows: requests still in flight to an instance, for connection draining. A pool
 * is a classic load balancer, by its name, or a target group, by its ARN.
 */
export interface Traffic {
  openRequests(pool: string, instanceId: string): number;
}
