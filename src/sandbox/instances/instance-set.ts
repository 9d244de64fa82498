import { createConsulNetwork } from '../consul/network.js';
import { createSimulatedInstances } from '../consul/simulated-instances.js';
import type { InstanceBackend } from '../interfaces.js';
import { SandboxError } from '../sandbox-error.js';
import type { InstanceContext } from './instance.js';
import { createProcessInstances } from './process-instances.js';
import { withBootScripts } from './scripted-instances.js';

/** Where the instances of a sandbox run. */
export interface InstanceSet {
  readonly instances: InstanceBackend;
  close(): Promise<void>;
}

/** What an instance set is made of. */
export interface InstanceSetOptions {
  /** Whether servers are processes of the Consul in their image, or simulated. */
  readonly real: boolean;
  /** Where boot scripts are run. */
  readonly context: InstanceContext;
  readonly speed: number;
  readonly seed: number;
  /** Called when an instance cannot be run at all. */
  readonly onFailure: (thrown: unknown) => void;
}

/** An empty instance set. */
export function createInstanceSet(options: InstanceSetOptions): InstanceSet {
  return options.real ? createProcessSet(options) : createSimulatedSet(options);
}

function createProcessSet({ context, speed, onFailure }: InstanceSetOptions): InstanceSet {
  const onProblem = (instanceId: string, thrown: unknown) => onFailure(notStarted(instanceId, thrown));
  const instances = createProcessInstances({ ...context, speed, onProblem });
  return { instances, close: () => instances.close() };
}

function notStarted(instanceId: string, thrown: unknown): SandboxError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `Instance ${instanceId} could not be started: ${why}`;
  return new SandboxError('not-ready', message, 'see whether the disk of the temporary folder is full', thrown);
}

function createSimulatedSet({ context, seed, speed, onFailure }: InstanceSetOptions): InstanceSet {
  const network = createConsulNetwork({ seed, startMs: Date.now(), speed });
  const onProblem = (address: string, problem: Error) => {
    const message = `A server could not listen on ${address}: ${problem.message}`;
    onFailure(new SandboxError('not-ready', message, 'see whether another program uses that address', problem));
  };
  const servers = createSimulatedInstances(network, { serveHttp: true, onProblem });
  const onBroken = (instanceId: string, thrown: unknown) => onFailure(notStarted(instanceId, thrown));
  const instances = withBootScripts(servers, context, onBroken);
  return { instances, close: () => instances.close() };
}
