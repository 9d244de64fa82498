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

const [earlier = '', later = ''] = [realConsul?.path, next?.path];

describe.skipIf(earlier === '' || later === '')('a roll between two versions of real Consul', () => {
  it.each([
    { to: 'a later one', paths: [earlier, later], exitCode: 0, outcome: 'rolled' },
    { to: 'an earlier one', paths: [later, earlier], exitCode: 4, outcome: 'rolled-back' },
  ] as const)(
    'onto $to: $outcome, and no write is lost',
    async ({ paths, exitCode, outcome }) => {
      const ended = await rollBetween(...paths);
      expect(ended.exitCode, ended.stderr).toBe(exitCode);
      expect(ended.result).toMatchObject({ outcome });
      expect(ended.writes.lost).toBe(0);
    },
    5 * MINUTE_MS,
  );
});
