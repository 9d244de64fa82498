import type { Ticked } from './lifecycle/ticker.js';
import { type ConsulBinary, findConsul } from './machines/binary.js';
import { createProcessMachines } from './machines/process-machines.js';
import { SandboxError } from './sandbox-error.js';
import type { Machines } from './seams.js';

/** What the servers are; output always says which. */
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
export interface Fleet {
  readonly consul: ConsulKind;
  readonly machines: Machines;
  /** What has to be told the time. */
  readonly ticked: readonly Ticked[];
  close(): Promise<void>;
}

/**
 * The Consul of a choice, looked for before anything is started.
 *
 * @returns undefined for simulated servers.
 * @throws SandboxError `consul-not-found` or `not-consul`, for a choice that names a path or a CONSUL_BIN that is
 *   no Consul.
 */
export async function chooseConsul(
  choice: ConsulChoice,
  env: NodeJS.ProcessEnv,
): Promise<ConsulBinary | undefined> {
  if (choice.kind === 'simulated') return undefined;
  return findConsul(choice.kind === 'path' ? choice.path : undefined, env);
}

/** What a fleet is made of. */
export interface FleetOptions {
  /** As `chooseConsul` found it. */
  readonly binary: ConsulBinary | undefined;
  /** For the processes' files. */
  readonly folder: string;
  readonly speed: number;
  readonly seed: number;
  /** Told when an instance cannot be run at all. */
  readonly onFailure: (thrown: unknown) => void;
}

/** A fleet without instances. */
export function createFleet(options: FleetOptions): Fleet {
  const { binary } = options;
  if (binary === undefined) {
    throw new SandboxError('consul-not-found', 'There is no consul on the PATH.', 'Set CONSUL_BIN.');
  }
  return createProcessFleet(binary, options);
}

function createProcessFleet(binary: ConsulBinary, { folder, speed, onFailure }: FleetOptions): Fleet {
  const onProblem = (instanceId: string, problem: Error) => {
    const message = `Instance ${instanceId} could not be started: ${problem.message}`;
    onFailure(new SandboxError('not-ready', message, 'Is the disk of the temporary folder full?', problem));
  };
  const machines = createProcessMachines({ binary, folder, speed, onProblem });
  return {
    consul: { kind: 'process', version: binary.version },
    machines,
    ticked: [],
    close: () => machines.close(),
  };
}
