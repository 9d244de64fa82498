import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';

const LIMIT_MS = 120_000;
let site: TestSite;

beforeAll(async () => {
  site = await openSite({ size: 3, speed: 8, consul: { kind: 'simulated' } });
}, LIMIT_MS);

afterAll(() => site?.close(), LIMIT_MS);

interface EventLine {
  readonly kind: string;
  readonly outcome?: string;
  readonly from?: { readonly name: string | null } | null;
  readonly to?: { readonly name: string | null };
  readonly stepNumber?: number;
  readonly step?: { readonly action: string; readonly instanceIds: readonly string[] };
}

describe('status --watch in one terminal, upgrade in another', () => {
  it(
    'print the same steps, and end with the same exit code',
    async () => {
      const watching = site.start('status --cluster consul --watch --json --interval 100ms');
      await waitForOutput(watching, 'Waiting for one to start');
      const during = site.start(buildUpgradeCommand(site, 'consul-v2', '--output ndjson').replace(' --json', ''));
      const upgraded = await during.ended;
      const watched = await watching.ended;
      expect(upgraded.exitCode, upgraded.stderr).toBe(0);
      expect(watched.exitCode, watched.stderr).toBe(0);
      const [own, others] = [summarize(upgraded.stdout), summarize(watched.stdout)];
      expect(others.steps).toEqual(own.steps);
      expect(others.end).toBe('rolled');
      expect(others.images).toEqual(['consul-v1', 'consul-v2']);
      expect(own.images).toEqual(others.images);
    },
    LIMIT_MS,
  );

  it('says by its exit code whether a roll can start', async () => {
    const { exitCode, stdout } = await site.run('status --cluster consul --exit-code');
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(/^Roll {5}no roll is in progress$/m);
  }, 20_000);
});

function summarize(stdout: string) {
  const lines: EventLine[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const started = lines.find(({ kind }) => kind === 'started');
  const steps = lines.flatMap(({ kind, step, stepNumber }) =>
    kind === 'step-started' && step ? [{ ...step, stepNumber }] : [],
  );
  return {
    steps: steps.map(({ stepNumber, action, instanceIds }) => `${stepNumber} ${action} ${instanceIds.join(' ')}`),
    images: [started?.from?.name, started?.to?.name],
    end: lines.findLast(({ kind }) => kind === 'ended')?.outcome,
  };
}
