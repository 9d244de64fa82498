import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';

const LIMIT_MS = 120_000;
/** Taken before the roll is recorded, so that nobody else can see them. */
const UNSEEN = ['save-snapshot', 'write-intent'];
let site: TestSite;

beforeAll(async () => {
  site = await openSite({ size: 3, speed: 8, consul: { kind: 'simulated' } });
}, LIMIT_MS);

afterAll(() => site?.close(), LIMIT_MS);

interface Told {
  readonly kind: string;
  readonly outcome?: string;
  readonly from?: { readonly name: string | null } | null;
  readonly to?: { readonly name: string | null };
  readonly step?: { readonly action: string; readonly instanceIds: readonly string[] };
}

describe('status --watch in one terminal, upgrade in another', () => {
  it(
    'tell the same story, and end with the same exit code',
    async () => {
      const watching = site.start('status --cluster consul --watch --json --interval 100ms');
      await waitForOutput(watching, 'waiting for one to begin');
      const during = site.start(
        buildUpgradeCommand(site, 'consul-v2', '--output ndjson').replace(' --json', ''),
      );
      const upgraded = await during.ended;
      const watched = await watching.ended;
      expect(upgraded.exitCode, upgraded.stderr).toBe(0);
      expect(watched.exitCode, watched.stderr).toBe(0);
      const [own, others] = [storyIn(upgraded.stdout), storyIn(watched.stdout)];
      expect(others.steps).toEqual(own.steps);
      expect(others.end).toBe('rolled');
      expect(others.images).toEqual(['consul-v1', 'consul-v2']);
      expect(own.images).toEqual(others.images);
    },
    LIMIT_MS,
  );

  it('says by its exit code whether a roll may begin', async () => {
    const { exitCode, stdout } = await site.run('status --cluster consul --exit-code');
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(/^Roll {5}no roll is going on$/m);
  }, 20_000);
});

function storyIn(stdout: string) {
  const told: Told[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const began = told.find(({ kind }) => kind === 'started');
  const steps = told
    .flatMap(({ kind, step }) => (kind === 'step-started' && step ? [step] : []))
    .filter(({ action }) => !UNSEEN.includes(action));
  return {
    steps: steps.map(({ action, instanceIds }) => `${action} ${instanceIds.join(' ')}`),
    images: [began?.from?.name, began?.to?.name],
    end: told.findLast(({ kind }) => kind === 'ended')?.outcome,
  };
}
