import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { connectCloud } from './aws/connect.js';
import { connectCreation } from './aws/creation/connect.js';
import { systemClock } from './clock.js';
import { connectConsul } from './consul/connect.js';
import type { CreationEngine } from './create/engine.js';
import type { Engine } from './engine.js';
import { filesIn } from './files.js';
import type { ConnectionSettings } from './settings/connection.js';

/** The one place that builds real clients, clock and files. Close the engine when done. */
export async function connect(settings: ConnectionSettings): Promise<Engine> {
  const cloud = connectCloud(settings.aws);
  const consul = connectConsul(settings.consul);
  // One engine serves one roll, so the plan a person approves names what the roll will create.
  const rollId = randomBytes(3).toString('hex');
  return {
    cloud,
    consul,
    clock: systemClock,
    files: filesIn(settings.snapshotDir),
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

/** Containers may run under a user id without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
