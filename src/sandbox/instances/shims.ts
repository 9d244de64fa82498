import type { Cloud, InstanceSpec } from '../interfaces.js';
import { runAwsShim } from './aws-shim.js';
import { runCurlShim } from './curl-shim.js';
import type { Shim, ShimOutput } from './instance-server.js';

/** The service manager's only service: Consul. */
export interface InstanceService {
  /** @returns why it cannot be started; undefined when it was, or runs already */
  start(): string | undefined;
  stop(): Promise<void>;
  readonly active: boolean;
}

const DONE: ShimOutput = { exit: 0, text: '' };

/** Shims for the programs that a machine lacks, for one instance. */
export function createShims(
  spec: InstanceSpec,
  service: InstanceService,
  links: { readonly cloud: Cloud; readonly metadataUrl: () => string },
): Shim {
  return ([program = '', ...words]) => {
    switch (program) {
      case 'systemctl':
        return systemctl(words, service);
      case 'aws':
        return runAwsShim(words, spec, links.cloud);
      case 'curl':
        return runCurlShim(words, links.metadataUrl());
      case 'chown':
      case 'chgrp':
        return DONE;
      default:
        return { exit: 127, text: `${program}: command not found\n` };
    }
  };
}

async function systemctl(words: readonly string[], service: InstanceService): Promise<ShimOutput> {
  const [verb = '', ...units] = words.filter((word) => !word.startsWith('-'));
  const stranger = units.find((unit) => unit !== 'consul' && unit !== 'consul.service');
  if (stranger !== undefined) return failed(5, verb, stranger, `Unit ${stranger} not found.`);
  if (units.length === 0) return DONE;
  if (verb === 'is-active') return service.active ? { exit: 0, text: 'active\n' } : { exit: 3, text: 'inactive\n' };
  if (verb === 'stop' || verb === 'restart') await service.stop();
  const starts = verb === 'start' || verb === 'restart' || (verb === 'enable' && words.includes('--now'));
  const problem = starts ? service.start() : undefined;
  return problem === undefined ? DONE : failed(5, 'start', 'consul.service', problem);
}

function failed(exit: number, verb: string, unit: string, why: string): ShimOutput {
  return { exit, text: `Failed to ${verb} ${unit}: ${why}\n` };
}
