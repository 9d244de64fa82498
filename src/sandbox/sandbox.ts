import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Policy } from './aws/iam/policy.js';
import { createSandboxAws, type SandboxAws } from './aws/sandbox-aws.js';
import type { Port } from './aws/security-groups.js';
import type { SeededCluster } from './aws/seed-cluster.js';
import type { LoadBalancerChoice } from './aws/seed-load-balancers.js';
import type { SecretKeys } from './endpoint/credentials.js';
import { PortTakenError, startEndpoint } from './endpoint/endpoint.js';
import { findAwsCli } from './instances/aws-command.js';
import { type ConsulChoice, type ConsulKind, describeConsul, installConsul } from './instances/consul-choice.js';
import { createDeferredCloud } from './instances/deferred-cloud.js';
import { createInstanceSet } from './instances/instance-set.js';
import { createTools } from './instances/tools.js';
import type { BootScriptRenderer, SandboxImage } from './interfaces.js';
import { startCleanupProcess } from './lifecycle/cleanup-process.js';
import { startClock } from './lifecycle/clock.js';
import { FIRST_IMAGE, startCluster } from './lifecycle/first-cluster.js';
import { leaseNetwork } from './lifecycle/network-lease.js';
import { createTeardown, type Teardown } from './lifecycle/teardown.js';
import { createDataPlane, type DataPlane } from './load-balancer/data-plane.js';
import type { Binding } from './load-balancer/listener.js';
import { SandboxError } from './sandbox-error.js';

/** What a sandbox is to be. */
export interface SandboxOptions {
  /** Servers of the first cluster, on `consul-v1`; 0 is an empty account. */
  readonly size: number;
  /** Of the AWS endpoint on 127.0.0.1; 0 takes any. */
  readonly port: number;
  /** What AWS's delays are divided by, and Consul's where it is simulated. */
  readonly speed: number;
  readonly consul: ConsulChoice;
  readonly renderBootScript: BootScriptRenderer;
  /** Scripts that every image has, by path, which boot scripts may call. */
  readonly imageScripts?: Readonly<Record<string, string>>;
  /** Where that turns ACLs on: a token that may read the Raft configuration of the first cluster. */
  readonly consulToken?: string;
  /** What is in front of the first cluster; a classic load balancer when left out. */
  readonly loadBalancer?: LoadBalancerChoice;
  /** For `CONSUL_BIN` and `PATH`. */
  readonly env: NodeJS.ProcessEnv;
  /** An account that refuses launch configurations; its first cluster is on a launch template. */
  readonly launchTemplatesOnly?: boolean;
  /** What the security group of the servers does not let in, though they need it; it is only described so. */
  readonly closedPorts?: readonly Port[];
  /** What the operator may do, as in IAM; anything when left out. */
  readonly policy?: Policy | undefined;
  /** The same seed gives the same ids. */
  readonly seed?: number;
  /** How long the first cluster may take; 2 minutes when left out. */
  readonly readyLimitMs?: number;
  /** Cancels the start and undoes what was started. */
  readonly signal?: AbortSignal;
}

/** A small cloud that runs on this machine. */
export interface Sandbox {
  /** For `AWS_ENDPOINT_URL`. */
  readonly endpointUrl: string;
  readonly port: number;
  readonly region: string;
  /** New ones in every sandbox. Any access key id that has not been expired works with this secret key. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Of the first cluster's load balancer; undefined in an account that was started empty, or where it is not served. */
  readonly loadBalancerUrl: string | undefined;
  /** Of the first cluster. */
  readonly consul: ConsulKind;
  readonly images: readonly SandboxImage[];
  readonly cluster: SeededCluster | undefined;
  readonly aws: SandboxAws;
  /** AWS refuses this access key from now on, as that of a session that is over. */
  expire(accessKeyId: string): void;
  /** Limits the operator to this policy from now on; undefined removes the limit. */
  enforce(policy: Policy | undefined): void;
  /** How often the operator has called each action of AWS, by its name in IAM; the instances' own calls do not count. */
  calls(): ReadonlyMap<string, number>;
  /** Where the listeners of every load balancer are served now. */
  bindings(): readonly Binding[];
  /** Resolves with what was thrown if the sandbox fails while it runs. */
  readonly failure: Promise<unknown>;
  /** Ends every process, closes every socket and removes every file of it; a second call waits for the first. */
  close(): Promise<void>;
}

const createSecretKey = (): string => randomBytes(30).toString('base64url');

/**
 * Starts a sandbox, and resolves when its first cluster has a leader, all of its servers vote and the load
 * balancer has them all in service. What was started is ended again when that fails.
 *
 * @throws SandboxError `port-taken`, `no-loopback`, `consul-not-found`, `not-consul` or `not-ready`.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const teardown = createTeardown();
  try {
    return await assemble(options, teardown);
  } catch (thrown) {
    await teardown.run();
    throw thrown;
  }
}

async function assemble(options: SandboxOptions, teardown: Teardown): Promise<Sandbox> {
  const { speed, seed = 1 } = options;
  const images = await installConsul(options.consul, options.env);
  const consul = describeConsul(images, FIRST_IMAGE.name);
  const real = consul.kind === 'process';
  const awsCli = real ? await findAwsCli(options.env) : undefined;
  const failure = createFailure();
  const { folder, secondOctet } = await reservePlace(teardown);
  const tools = createTools(join(folder, 'bin'), { env: options.env, aws: awsCli, consul: real });
  const keys = { operator: createSecretKey(), instances: createSecretKey() };
  const cloud = createDeferredCloud(keys.instances);
  const instanceSet = createInstanceSet({
    real,
    context: { folder, tools, cloud, renderBootScript: options.renderBootScript, imageScripts: options.imageScripts },
    speed,
    seed,
    onFailure: failure.fail,
  });
  teardown.add(instanceSet.close);
  const dataPlane = createDataPlane();
  teardown.add(dataPlane.close);
  const aws = createSandboxAws({
    seed,
    startMs: Date.now(),
    speed,
    machines: instanceSet.instances,
    traffic: dataPlane.traffic,
    images,
    network: { secondOctet, closedPorts: options.closedPorts ?? [] },
    launchTemplatesOnly: options.launchTemplatesOnly,
  });
  const endpoint = await listen(aws, keys, options);
  teardown.add(endpoint.close);
  cloud.connect(aws, endpoint.url);
  teardown.add(startTicking(aws, dataPlane, failure.fail));
  const cluster = options.size === 0 ? undefined : await startCluster(aws, { ...options, folder });
  return {
    endpointUrl: endpoint.url,
    port: endpoint.port,
    region: aws.region,
    credentials: { accessKeyId: 'AKIASANDBOX000000000', secretAccessKey: keys.operator },
    loadBalancerUrl: cluster && findServedUrl(dataPlane.listBindings(), cluster),
    consul,
    images,
    cluster,
    aws,
    expire: endpoint.expire,
    enforce: endpoint.enforce,
    calls: endpoint.calls,
    bindings: dataPlane.listBindings,
    failure: failure.failed,
    close: teardown.run,
  };
}

/** A network and a folder of its own, and a process that removes the folder if this one is killed. */
async function reservePlace(teardown: Teardown): Promise<{ folder: string; secondOctet: number }> {
  const lease = await leaseNetwork();
  teardown.add(lease.release);
  const folder = mkdtempSync(join(tmpdir(), 'consul-roll-sandbox-'));
  const cleanup = startCleanupProcess(folder);
  teardown.add(cleanup.release);
  return { folder, secondOctet: lease.secondOctet };
}

async function listen(
  aws: SandboxAws,
  keys: SecretKeys,
  { port, policy }: Pick<SandboxOptions, 'port' | 'policy'>,
): ReturnType<typeof startEndpoint> {
  try {
    return await startEndpoint({ aws, host: '127.0.0.1', port, keys, policy });
  } catch (thrown) {
    if (!(thrown instanceof PortTakenError)) throw thrown;
    const message = `Port ${port} on 127.0.0.1 is taken.`;
    throw new SandboxError('port-taken', message, 'choose another one with --port', thrown);
  }
}

/** Starts the clock; the result stops it. */
function startTicking(aws: SandboxAws, dataPlane: DataPlane, onFailure: (thrown: unknown) => void): () => void {
  const sockets = { tick: () => dataPlane.sync(aws), nextDueMs: () => undefined };
  return startClock([aws, sockets], onFailure).stop;
}

function findServedUrl(bindings: readonly Binding[], cluster: SeededCluster): string | undefined {
  const served = bindings.find((one) => one.address === cluster.loadBalancerAddress);
  if (served?.servedPort === undefined) return undefined;
  return `http://${served.address}:${served.servedPort}`;
}

function createFailure(): { readonly failed: Promise<unknown>; readonly fail: (thrown: unknown) => void } {
  let fail: (thrown: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  return { failed, fail };
}
