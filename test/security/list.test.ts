import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ListCommand from '../../src/commands/list.js';
import StatusCommand from '../../src/commands/status.js';
import type { ConnectionSettings } from '../../src/lib/config/connection.js';
import { createFakeEngine } from '../helpers/fake-engine.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const seen = vi.hoisted(() => ({ settings: [] as unknown[] }));

vi.mock('../../src/cli/connect.js', () => ({
  connect: async (settings: ConnectionSettings) => {
    seen.settings.push(settings);
    return createFakeEngine(3);
  },
}));

describe('list', () => {
  beforeEach(() => {
    seen.settings = [];
    vi.stubEnv('CONSUL_HTTP_TOKEN', 'the-token');
    vi.stubEnv('CONSUL_ROLL_SNAPSHOT_TOKEN', 'the-other-token');
    vi.stubEnv('CONSUL_HTTP_SSL', 'true');
  });
  afterEach(() => vi.unstubAllEnvs());

  it('connects without a token, so that none can go to what it finds', async () => {
    const { error, stdout } = await captureOutput(() => ListCommand.run([], ROOT));
    expect(error).toBeUndefined();
    expect(stdout).toContain('1 cluster in 000000000000/eu-west-1');
    expect(seen.settings).toHaveLength(1);
    expect(seen.settings[0]).toMatchObject({ consul: { scheme: 'https', token: undefined, snapshotToken: undefined } });
    expect(JSON.stringify(seen.settings)).not.toContain('token"');
  });

  it('is not asked for the cluster where no operator can say that it is meant', async () => {
    const { error } = await captureOutput(() => StatusCommand.run([], ROOT));
    expect(error).toMatchObject({ oclif: { exit: 2 } });
    expect(seen.settings).toEqual([]);
  });
});
