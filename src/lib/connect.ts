import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { connectCloud } from './aws/connect.js';
import { connectCreation } from './aws/creation/connect.js';
import { connectCloudInspection } from './aws/inspect.js';
import { systemClock } from './clock.js';
import { connectConsul } from './consul/connect.js';
import { connectInspection } from './consul/inspect.js';
import type { CreationEngine } from './create/engine.js';
import type { DoctorEngine } from './doctor/engine.js';
import type { Engine } from './engine.js';
import { filesIn } from './files.js';
import { hooksOf } from './hooks/run-hook.js';
import type { Hook } from './model/hook.js';
import type { ConnectionSettings } from './settings/connection.js';

/** The one place that builds real clients, clock and files. Close the engine when done. */
export async function connect(settings: ConnectionSettings, hooks: readonly Hook[] = []): Promise<Engine> {
  const cloud = connectCloud(settings.aws);
  const consul = connectConsul(settings.consul);
  // One engine serves one roll, so the plan a person approves names what the roll will create.
  const rollId = randomBytes(3).toString('hex');
  return {
    cloud,
    consul,
    clock: systemClock,
    files: filesIn(settings.snapshotDir),
    hooks: hooks.length === 0 ? undefined : hooksOf(hooks, process.env),
    holder: `${userName()}@${hostname()} pid ${process.pid}`,
    newRollId: () => rollId,
    async close() {
      cloud.close();
      await consul.close();
    },
  };
}

/** The same with what `create` needs besides. */
export async function connectToCreate(settings: ConnectionSettings): Promise<CreationEngine> {
  const engine = await connect(settings);
  const creation = connectCreation(settings.aws);
  return {
    ...engine,
    creation,
    async close() {
      creation.close();
      await engine.close();
    },
  };
}

/** The same with what `doctor` asks besides. */
export async function connectToExamine(settings: ConnectionSettings): Promise<DoctorEngine> {
  const engine = await connect(settings);
  const cloudInspection = connectCloudInspection(settings.aws);
  const consulInspection = connectInspection(settings.consul);
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

/** Containers may run under a user id without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
