import type { Chance } from './chance.js';
import type { SimulatedEnvironment } from './environment.js';

/** Prefix of every key that the writer writes. */
export const PREFIX = 'app/';

/** The writes of a client of the cluster. */
export interface WriteRecord {
  /** Keys whose write was acknowledged, with their values. */
  readonly acknowledged: Map<string, string>;
  failed: number;
}

/** A client that writes a new key through the load balancer every few seconds. */
export function startWriter(
  environment: SimulatedEnvironment,
  balancer: string,
  chance: Chance,
  everyMs: number,
  hasLeader: () => boolean,
): WriteRecord {
  const writeRecord: WriteRecord = { acknowledged: new Map(), failed: 0 };
  let written = 0;
  const write = (): void => {
    environment.after(everyMs, write);
    const serving = environment.aws.inService(balancer);
    if (serving.length === 0) {
      writeRecord.failed++;
      return;
    }
    const key = `${PREFIX}${++written}`;
    const value = `value ${written}`;
    environment.net.kvPut(chance.pick(serving).address, key, Buffer.from(value), {}, (answer) => {
      // What a cluster that took this one over acknowledged is not this cluster's.
      if (answer.ok && answer.value && hasLeader()) writeRecord.acknowledged.set(key, value);
      else writeRecord.failed++;
    });
  };
  environment.after(everyMs, write);
  return writeRecord;
}
