import { createConsulNetwork } from '../consul/network.js';
import { createSimulatedInstances } from '../consul/simulated-instances.js';
import type { InstanceBackend } from '../interfaces.js';
import { FIRST_IMAGE } from '../lifecycle/first-cluster.js';
import { SandboxError } from '../sandbox-error.js';
import { type ConsulBinary, findConsul } from './binary.js';
import type { InstanceContext } from './instance.js';
import { createProcessInstances } from './process-instances.js';
import { withBootScripts } from './scripted-instances.js';

/** Which Consul the servers run; output always says which. */
export interface ConsulKind {
  /** Real `consul` processes, or simulated servers with the same answers. */
  readonly kind: 'process' | 'simulated';
  /** Without a leading `v`. */
  readonly version: string;
}

/** Which Consul to run: a real one if there is one, simulated servers, or the program at a path. */
export type ConsulChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'simulated' }
  | { readonly kind: 'path'; readonly path: string };

/** Where the instances of a sandbox run. */
export interface InstanceSet {
  readonly consul: ConsulKind;
  readonly instances: InstanceBackend;
  close(): Promise<void>;
}

/**
 * The Consul of a choice, found before anything is started.
 *
 * @returns undefined for simulated servers.
 * @throws SandboxError `consul-not-found` or `not-consul`, for a choice that names a path or a CONSUL_BIN that is
 *   no Consul.
 */
export async function resolveConsul(choice: ConsulChoice, env: NodeJS.ProcessEnv): Promise<ConsulBinary | undefined> {
  if (choice.kind === 'simulated') return undefined;
  return findConsul(choice.kind === 'path' ? choice.path : undefined, env);
}

/** What an instance set is made of. */
export interface InstanceSetOptions {
  /** As `resolveConsul` found it. */
  readonly binary: ConsulBinary | undefined;
  /** Where boot scripts are run. */
  readonly context: InstanceContext;
  readonly speed: number;
  readonly seed: number;
  /** Called when an instance cannot be run at all. */
  readonly onFailure: (thrown: unknown) => void;
}

/** An empty instance set: real ones where there is a binary, simulated ones otherwise. */
export function createInstanceSet(options: InstanceSetOptions): InstanceSet {
  const { binary } = options;
  return binary === undefined ? createSimulatedSet(options) : createProcessSet(binary, options);
}

function createProcessSet(binary: ConsulBinary, { context, speed, onFailure }: InstanceSetOptions): InstanceSet {
  const onProblem = (instanceId: string, thrown: unknown) => onFailure(notStarted(instanceId, thrown));
  const instances = createProcessInstances({ ...context, binary, speed, onProblem });
  return { consul: { kind: 'process', version: binary.version }, instances, close: () => instances.close() };
}

function notStarted(instanceId: string, thrown: unknown): SandboxError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `Instance ${instanceId} could not be started: ${why}`;
  return new SandboxError('not-ready', message, 'see whether the disk of the temporary folder is full', thrown);
}

/** Simulated servers. Every image has its own version; the first cluster's is reported. */
function createSimulatedSet({ context, seed, speed, onFailure }: InstanceSetOptions): InstanceSet {
  const network = createConsulNetwork({ seed, startMs: Date.now(), speed });
  const onProblem = (address: string, problem: Error) => {
    const message = `A server could not listen on ${address}: ${problem.message}`;
    onFailure(new SandboxError('not-ready', message, 'see whether another program uses that address', problem));
  };
  const servers = createSimulatedInstances(network, { serveHttp: true, onProblem });
  const onBroken = (instanceId: string, thrown: unknown) => onFailure(notStarted(instanceId, thrown));
  const instances = withBootScripts(servers, context, onBroken);
  return {
    consul: { kind: 'simulated', version: FIRST_IMAGE.consulVersion },
    instances,
    close: () => instances.close(),
  };
}
