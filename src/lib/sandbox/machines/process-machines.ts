import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineSpec, Machines } from '../seams.js';
import { agentConfig } from './agent-config.js';
import type { ConsulBinary } from './binary.js';
import { bootScript } from './boot-script.js';
import { checkAddress } from './health-check.js';
import { Supervisor } from './supervisor.js';

/** Instances as real Consul processes. */
export interface ProcessMachines extends Machines {
  /** Process ids of the agents that run now, by instance id. */
  pids(): ReadonlyMap<string, number>;
  /** The folder of an instance: `agent.json`, `agent.log`, `agent.pid`, `data/`. */
  folderOf(instanceId: string): string;
  /** Ends every process; comes back when the last one has gone. */
  close(): Promise<void>;
}

interface Machine {
  readonly address: string;
  readonly supervisor: Supervisor;
  /** Set while the boot script has yet to start Consul. */
  readonly bootTimer: NodeJS.Timeout | undefined;
}

/** As HashiCorp's unit file has it (`RestartSec` of a second or more): an agent that cannot start fills no log. */
const RESTART_AFTER_MS = 1_000;
/** At the end of a sandbox nothing is worth waiting for: its servers' data goes with it. */
const CLOSE_GRACE_MS = 1_000;

/**
 * Runs every instance as a real `consul agent` on the instance's own loopback address.
 *
 * @param options.folder where the instances' folders go; it must exist.
 * @param options.speed divides the delays of the images' boot scripts; Consul's own times stay as they are.
 * @param options.onProblem told when this machine cannot run an instance, for instance because its disk is full.
 */
export function createProcessMachines(options: {
  readonly binary: ConsulBinary;
  readonly folder: string;
  readonly speed: number;
  readonly onProblem: (instanceId: string, problem: Error) => void;
}): ProcessMachines {
  const machines = new Map<string, Machine>();
  const stopping = new Set<Supervisor>();
  const folderOf = (instanceId: string) => join(options.folder, instanceId);

  return {
    boot: (spec) => {
      try {
        machines.set(spec.instanceId, bootMachine(spec, folderOf(spec.instanceId), options));
      } catch (thrown) {
        options.onProblem(spec.instanceId, thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    },
    shutdown: (instanceId, graceMs, done) => {
      const machine = machines.get(instanceId);
      machines.delete(instanceId);
      if (machine === undefined) setImmediate(done);
      else stopMachine(machine, stopping, graceMs, done);
    },
    check: (instanceId, target, answer) => {
      const machine = machines.get(instanceId);
      if (machine === undefined) setImmediate(answer, false);
      else checkAddress(machine.address, target, answer);
    },
    pids: () => runningPids(machines),
    folderOf,
    close: async () => {
      for (const { bootTimer, supervisor } of machines.values()) {
        clearTimeout(bootTimer);
        stopping.add(supervisor);
      }
      machines.clear();
      await Promise.all([...stopping].map(stopNow));
    },
  };
}

function stopMachine(
  { bootTimer, supervisor }: Machine,
  stopping: Set<Supervisor>,
  graceMs: number,
  done: () => void,
): void {
  clearTimeout(bootTimer);
  stopping.add(supervisor);
  supervisor.stop(graceMs, () => {
    stopping.delete(supervisor);
    done();
  });
}

function stopNow(supervisor: Supervisor): Promise<void> {
  return new Promise((resolve) => supervisor.stop(CLOSE_GRACE_MS, resolve));
}

function bootMachine(
  spec: MachineSpec,
  folder: string,
  options: { readonly binary: ConsulBinary; readonly speed: number },
): Machine {
  const script = bootScript(spec, options.speed);
  const configFile = join(folder, 'agent.json');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(configFile, JSON.stringify(agentConfig(spec, join(folder, 'data')), undefined, 2));
  const supervisor = new Supervisor({
    program: options.binary.path,
    args: ['agent', '-config-file', configFile],
    folder,
    crashAfterMs: script.crashAfterMs,
    restartAfterMs: RESTART_AFTER_MS,
  });
  return { address: spec.address, supervisor, bootTimer: startLater(supervisor, script.startAfterMs) };
}

function startLater(supervisor: Supervisor, afterMs: number | undefined): NodeJS.Timeout | undefined {
  if (afterMs === undefined) return undefined;
  if (afterMs > 0) return setTimeout(() => supervisor.start(), afterMs);
  supervisor.start();
  return undefined;
}

function runningPids(machines: ReadonlyMap<string, Machine>): ReadonlyMap<string, number> {
  const pids = new Map<string, number>();
  for (const [instanceId, { supervisor }] of machines) {
    if (supervisor.pid !== undefined) pids.set(instanceId, supervisor.pid);
  }
  return pids;
}
