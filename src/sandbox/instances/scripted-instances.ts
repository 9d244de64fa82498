import type { Cloud, InstanceBackend, InstanceSpec } from '../interfaces.js';
import { resolveRetryJoin } from './agent-config.js';
import { getRetryJoin, readConsulFiles } from './consul-files.js';
import { getImageStart } from './image-start.js';
import { Instance, type InstanceContext } from './instance.js';
import type { InstanceFiles } from './instance-files.js';
import type { InstanceService } from './shims.js';

/** Machines that simulate Consul, and end. */
interface SimulatedServers extends InstanceBackend {
  close(): Promise<void>;
}

/**
 * Runs every instance's boot script before its simulated server: that one is started when the script starts the
 * service, and joins and expects what the script wrote.
 *
 * @param servers boot a server at once, with what their spec says
 * @param onProblem called when this machine cannot run an instance
 */
export function withBootScripts(
  servers: SimulatedServers,
  context: InstanceContext,
  onProblem: (instanceId: string, thrown: unknown) => void,
): SimulatedServers {
  const running = new Map<string, Instance>();
  const consoles = new Map<string, Instance>();
  return {
    boot: (spec) => {
      const { instanceId } = spec;
      try {
        const instance = new Instance(spec, context);
        running.set(instanceId, instance);
        consoles.set(instanceId, instance);
        const start = () => servers.boot({ ...spec, ...readJoinSettings(instance.files, context.cloud) });
        instance.boot(buildService(spec, start)).catch((thrown) => onProblem(instanceId, thrown));
      } catch (thrown) {
        onProblem(instanceId, thrown);
      }
    },
    shutdown: (instanceId, graceMs, done) => {
      running.get(instanceId)?.off();
      running.delete(instanceId);
      servers.shutdown(instanceId, graceMs, done);
    },
    check: servers.check,
    console: (instanceId) => consoles.get(instanceId)?.console(),
    close: async () => {
      for (const instance of running.values()) instance.off();
      await servers.close();
    },
  };
}

/** The simulated servers see to slow starts and crashes themselves. */
function buildService(spec: InstanceSpec, start: () => void): InstanceService {
  let active = false;
  return {
    get active() {
      return active;
    },
    start: () => {
      if (getImageStart(spec.image, 1).startAfterMs === undefined) return 'Unit consul.service not found.';
      if (!active) start();
      active = true;
      return undefined;
    },
    stop: async () => {},
  };
}

/**
 * The settings a simulated server uses of the configuration that a boot script left, read as Consul reads it: later files
 * override earlier ones, except lists, which are joined.
 */
export function readJoinSettings(
  instanceFiles: InstanceFiles,
  cloud: Cloud,
): Pick<InstanceSpec, 'peers' | 'bootstrapExpect'> {
  const files = instanceFiles.configFolders.flatMap(readConsulFiles);
  const expect = files.findLast(({ config }) => config?.bootstrap_expect !== undefined)?.config?.bootstrap_expect;
  return {
    peers: files.flatMap((file) => getRetryJoin(file).flatMap((entry) => resolveRetryJoin(entry, cloud))),
    bootstrapExpect: typeof expect === 'number' && expect > 0 ? expect : undefined,
  };
}
