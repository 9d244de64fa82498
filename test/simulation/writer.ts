import type { Chance } from './chance.js';
import type { SimulatedEnvironment } from './environment.js';

/** Every key the writer writes begins with this. */
export const PREFIX = 'app/';

/** What a client of the cluster was told. */
export interface WriteRecord {
  /** Keys whose write was acknowledged, with their values. */
  readonly acknowledged: Map<string, string>;
  failed: number;
}

/** A client that puts a new key through the load balancer every few seconds, for as long as time passes. */
export function startWriter(
  universe: SimulatedEnvironment,
  balancer: string,
  chance: Chance,
  everyMs: number,
): WriteRecord {
  const ledger: WriteRecord = { acknowledged: new Map(), failed: 0 };
  let written = 0;
  const write = (): void => {
    universe.after(everyMs, write);
    const serving = universe.world.inService(balancer);
    if (serving.length === 0) {
      ledger.failed++;
      return;
    }
    const key = `${PREFIX}${++written}`;
    const value = `value ${written}`;
    universe.net.kvPut(chance.pick(serving).address, key, Buffer.from(value), {}, (answer) => {
      if (answer.ok && answer.value) ledger.acknowledged.set(key, value);
      else ledger.failed++;
    });
  };
  universe.after(everyMs, write);
  return ledger;
}
