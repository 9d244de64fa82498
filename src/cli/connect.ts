import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { CloudClock } from '../lib/aws/clock.js';
import { createCloud } from '../lib/aws/connect.js';
import { createCloudInspection } from '../lib/aws/inspect.js';
import { createCreation } from '../lib/aws/new-cluster/connect.js';
import type { ConnectionSettings } from '../lib/config/connection.js';
import { createConsul } from '../lib/consul/connect.js';
import { createConsulInspection } from '../lib/consul/inspect.js';
import type { CreationEngine } from '../lib/create/create.js';
import type { DoctorEngine } from '../lib/engine/doctor.js';
import type { Engine } from '../lib/engine/engine.js';
import type { Hook } from '../lib/model/hook.js';
import { maskValues } from '../lib/model/server-failure.js';
import type { Cloud } from '../lib/ports.js';
import { createRequestTrace } from './debug.js';
import { filesIn } from './files.js';
import { createHooks } from './hook-process.js';
import { systemClock } from './system.js';

/** Builds the engine with the real AWS and Consul clients, clock and files. The caller must close it. */
export async function connect(settings: ConnectionSettings, hooks: readonly Hook[] = []): Promise<Engine> {
  const { aws, consul: consulSettings } = addTraces(settings);
  const clock = new CloudClock(systemClock);
  const cloud = maskConsoles(
    createCloud({ ...aws, onDate: (dateMs) => clock.adjust(dateMs) }, () => clock.now()),
    settings,
  );
  const consul = createConsul(consulSettings);
  // One engine serves one roll, so the plan that the operator approves names the resources that the roll creates.
  const rollId = randomBytes(3).toString('hex');
  const nonce = randomBytes(16).toString('hex');
  return {
    cloud,
    consul,
    clock,
    files: filesIn(settings.snapshotDir),
    hooks: hooks.length === 0 ? undefined : createHooks(hooks, process.env),
    holder: formatHolder(`${userName()}@${hostname()} pid ${process.pid}`, formatJob(process.env)),
    newRollId: () => rollId,
    newNonce: () => nonce,
    async close() {
      cloud.close();
      await consul.close();
    },
  };
}

/** Builds the engine of `create`. */
export async function connectForCreate(settings: ConnectionSettings): Promise<CreationEngine> {
  const engine = await connect(settings);
  const creation = createCreation(addTraces(settings).aws);
  return {
    ...engine,
    creation,
    async close() {
      creation.close();
      await engine.close();
    },
  };
}

/** Builds the engine of `doctor`. */
export async function connectForDoctor(settings: ConnectionSettings): Promise<DoctorEngine> {
  const engine = await connect(settings);
  const { aws, consul } = addTraces(settings);
  const cloudInspection = createCloudInspection(aws);
  const consulInspection = createConsulInspection(consul);
  return {
    ...engine,
    cloudInspection,
    consulInspection,
    encrypted: settings.consul.scheme === 'https',
    async close() {
      cloudInspection.close();
      await consulInspection.close();
      await engine.close();
    },
  };
}

/** A boot script may print what this process knows to be secret. */
function maskConsoles(cloud: Cloud, { consul }: ConnectionSettings): Cloud {
  const secrets = [consul.token, consul.snapshotToken].flatMap((token) => token ?? []);
  return {
    ...cloud,
    readConsole: async (instanceId) => {
      const console = await cloud.readConsole(instanceId);
      return console.kind === 'read' ? { ...console, lines: maskValues(console.lines, secrets) } : console;
    },
  };
}

/** Lets DEBUG log the requests. */
function addTraces({ aws, consul }: ConnectionSettings): Pick<ConnectionSettings, 'aws' | 'consul'> {
  return {
    aws: { ...aws, trace: createRequestTrace('aws') },
    consul: { ...consul, trace: createRequestTrace('consul') },
  };
}

/** ` in URL`, of the CI job that runs this process: of GitHub Actions, GitLab and Jenkins. It is printed and stored, so it is checked. */
export function formatJob(env: NodeJS.ProcessEnv): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  const ofGithub = server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined;
  const url = ofGithub ?? env.CI_JOB_URL ?? env.BUILD_URL ?? '';
  // A credential in it would be stored where all may read it.
  return url.length <= MAX_JOB_LENGTH && /^https?:\/\/[\w.:-]+\/[\w.~%/+=-]*$/.test(url) ? ` in ${url}` : '';
}

const MAX_JOB_LENGTH = 160;

/** The journal takes no longer one, and must name the same holder as the lock. */
const MAX_HOLDER_LENGTH = 300;

/** Who holds the lock; a process with a long name is cut at the front, for its id and its job. */
export function formatHolder(name: string, job: string): string {
  return name.slice(-(MAX_HOLDER_LENGTH - job.length)) + job;
}

/** A container may run under a user id that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
