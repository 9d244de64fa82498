import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud, InstanceSpec } from '../interfaces.js';
import { runAwsShim } from './aws-shim.js';
import { runCurlShim } from './curl-shim.js';
import { SUPERVISOR_FOLDER } from './instance-files.js';
import type { Shim, ShimOutput } from './instance-server.js';

/** The service manager's only service: Consul. */
export interface InstanceService {
  /**
   * @param restartsAlways also after it has exited 0
   * @returns why it cannot be started; undefined when it was, or runs already
   */
  start(restartsAlways?: boolean): string | undefined;
  stop(): Promise<void>;
  readonly active: boolean;
}

const DONE: ShimOutput = { exit: 0, text: '' };

/** Shims for the programs that a machine lacks, for one instance. */
export function createShims(
  spec: InstanceSpec,
  service: InstanceService,
  links: { readonly cloud: Cloud; readonly metadataUrl: () => string; readonly root: string },
): Shim {
  return ([program = '', ...words]) => {
    switch (program) {
      case 'systemctl':
        return systemctl(words, service);
      case 'supervisorctl':
        return supervisorctl(words, service, links.root);
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

/** `update` starts the programs of the files in its folder; Consul is the only one. */
function supervisorctl([verb]: readonly string[], service: InstanceService, root: string): ShimOutput {
  const programs = verb === 'update' ? readPrograms(join(root, SUPERVISOR_FOLDER)) : [];
  const consul = programs.find((text) => /^command=\S*\/consul agent /m.test(text));
  const problem = consul && service.start(/^autorestart=true$/m.test(consul));
  return problem === undefined ? DONE : { exit: 1, text: `consul: ERROR (no such file)\n` };
}

function readPrograms(folder: string): readonly string[] {
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
}

function failed(exit: number, verb: string, unit: string, why: string): ShimOutput {
  return { exit, text: `Failed to ${verb} ${unit}: ${why}\n` };
}
