import { join } from 'node:path';
import type { Cloud, InstanceBackend, InstanceSpec, SandboxImage } from '../interfaces.js';
import { buildAgentArguments, listJoinAddresses } from './agent-config.js';
import { ConsulService } from './consul-service.js';
import { checkAddress } from './health-check.js';
import { getImageStart } from './image-start.js';
import { Instance, type InstanceContext } from './instance.js';

/** Instances as real Consul processes. */
export interface ProcessInstances extends InstanceBackend {
  /** Process ids of the agents that run now, by instance id. */
  pids(): ReadonlyMap<string, number>;
  /** The folder of an instance: `console.log`, `agent.log`, `agent.pid`, and its disk, `root/`. */
  getFolder(instanceId: string): string;
  /** Ends every process; resolves when the last one has ended. */
  close(): Promise<void>;
}

interface Machine {
  readonly instance: Instance;
  readonly unit: ConsulService;
}

/** What `createProcessInstances` needs. */
export interface ProcessInstancesOptions extends InstanceContext {
  /** Divides the delays of the images; Consul's own times stay as they are. */
  readonly speed: number;
  /** Called when this machine cannot run an instance, for instance because its disk is full. */
  readonly onProblem: (instanceId: string, problem: Error) => void;
}

/** As HashiCorp's unit file has it (`RestartSec` of a second or more): an agent that cannot start fills no log. */
const RESTART_AFTER_MS = 1_000;
/** At the end of a sandbox the grace period is short: its servers' data is removed anyway. */
const CLOSE_GRACE_MS = 1_000;

/**
 * Runs every instance's boot script, and, when that starts the service, a real `consul agent` with the configuration
 * the script wrote, on the instance's own loopback address.
 */
export function createProcessInstances(options: ProcessInstancesOptions): ProcessInstances {
  const machines = new Map<string, Machine>();
  /** Those that have booted, running or not, for their consoles. */
  const consoles = new Map<string, Instance>();
  const stopping = new Set<Machine>();
  const problem = (instanceId: string, thrown: unknown) =>
    options.onProblem(instanceId, thrown instanceof Error ? thrown : new Error(String(thrown)));
  const stop = (machine: Machine, graceMs: number, done: () => void) => {
    stopping.add(machine);
    machine.instance.off();
    machine.unit.shutDown(graceMs, () => {
      stopping.delete(machine);
      done();
    });
  };
  return {
    boot: (spec) => {
      const { instanceId } = spec;
      try {
        const machine = createMachine(spec, options);
        machines.set(instanceId, machine);
        consoles.set(instanceId, machine.instance);
        machine.instance.boot(machine.unit).catch((thrown) => problem(instanceId, thrown));
      } catch (thrown) {
        problem(instanceId, thrown);
      }
    },
    shutdown: (instanceId, graceMs, done) => {
      const machine = machines.get(instanceId);
      machines.delete(instanceId);
      if (machine === undefined) setImmediate(done);
      else stop(machine, graceMs, done);
    },
    check: (instanceId, target, answer) => {
      const machine = machines.get(instanceId);
      if (machine === undefined) setImmediate(answer, false);
      else checkAddress(machine.instance.spec.address, target, answer);
    },
    console: (instanceId) => consoles.get(instanceId)?.console(),
    pids: () => runningPids(machines),
    getFolder: (instanceId) => join(options.folder, instanceId),
    close: async () => {
      const all = new Set([...machines.values(), ...stopping]);
      machines.clear();
      await Promise.all([...all].map((one) => new Promise<void>((done) => stop(one, CLOSE_GRACE_MS, done))));
    },
  };
}

function createMachine(spec: InstanceSpec, options: ProcessInstancesOptions): Machine {
  const instance = new Instance(spec, options);
  const start = getImageStart(spec.image, options.speed);
  const unit = new ConsulService(start, () => {
    if (start.joinAfterMs !== undefined)
      setTimeout(() => void joinLate(spec, instance, options.cloud), start.joinAfterMs);
    return {
      program: getConsulPath(spec.image),
      args: buildAgentArguments(spec, instance.folder, instance.files, options.cloud),
      folder: instance.folder,
      restartAfterMs: RESTART_AFTER_MS,
    };
  });
  return { instance, unit };
}

function getConsulPath({ name, consulPath }: SandboxImage): string {
  if (consulPath === undefined) throw new Error(`there is no Consul in the image ${name}`);
  return consulPath;
}

/** What `consul join` does, for every address that the boot script left; the agent may be gone by then. */
async function joinLate({ address }: InstanceSpec, { files }: Instance, cloud: Cloud): Promise<void> {
  for (const other of listJoinAddresses(files, cloud)) {
    const path = `http://${address}:8500/v1/agent/join/${other}`;
    await fetch(path, { method: 'PUT' }).catch(() => undefined);
  }
}

function runningPids(machines: ReadonlyMap<string, Machine>): ReadonlyMap<string, number> {
  const pids = new Map<string, number>();
  for (const [instanceId, { unit }] of machines) if (unit.pid !== undefined) pids.set(instanceId, unit.pid);
  return pids;
}
