import { afterEach, describe, expect, it } from 'vitest';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { findConsul } from '../../src/sandbox/instances/binary.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';
import { realConsul } from '../sandbox/instances/real-consul.js';

const MINUTE_MS = 60_000;

/** A later Consul than `realConsul`, for the new servers. No package source has one, so these rolls are made by hand. */
const next = process.env.CONSUL_NEXT_BIN === undefined ? undefined : await findConsul(process.env.CONSUL_NEXT_BIN, {});

if (realConsul === undefined || next === undefined) {
  process.stderr.write(
    '\n*** SKIPPED: rolls between two versions of real Consul: CONSUL_BIN and CONSUL_NEXT_BIN name one each ***\n\n',
  );
}

let site: TestSite | undefined;
afterEach(() => site?.close(), MINUTE_MS);

/** A roll of three servers under a write load, between the Consuls of two programs. */
async function rollBetween(from: string, to: string) {
  const paths = new Map([
    ['consul-v1', from],
    ['consul-v2', to],
  ]);
  site = await openSite({ size: 3, speed: 8, consul: { kind: 'images', paths } });
  const writer = startWriter({
    url: site.sandbox.loadBalancerUrl ?? '',
    intervalMs: WRITE_EVERY_MS,
    prefix: 'between',
  });
  const { exitCode, stdout, stderr } = await site.run(buildUpgradeCommand(site, 'consul-v2'));
  return { exitCode, stderr, result: JSON.parse(stdout), writes: await writer.stop() };
}

describe.skipIf(realConsul === undefined || next === undefined)('a roll between two versions of real Consul', () => {
  it(
    'onto a later one: rolled, and no write is lost',
    async () => {
      const { exitCode, stderr, result, writes } = await rollBetween(realConsul?.path ?? '', next?.path ?? '');
      expect(exitCode, stderr).toBe(0);
      expect(result).toMatchObject({ outcome: 'rolled' });
      expect(writes.lost).toBe(0);
    },
    5 * MINUTE_MS,
  );

  it(
    'onto an earlier one: rolled back at its canary, and no write is lost',
    async () => {
      const { exitCode, stderr, result, writes } = await rollBetween(next?.path ?? '', realConsul?.path ?? '');
      expect(exitCode, stderr).toBe(4);
      expect(result).toMatchObject({ outcome: 'rolled-back' });
      expect(writes.lost).toBe(0);
    },
    5 * MINUTE_MS,
  );
});
