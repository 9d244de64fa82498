import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/cli/connect.js';
import { readStatus } from '../../src/lib/engine/status.js';
import type { HealthIssue } from '../../src/lib/model/health-issue.js';
import { isClusterHealthy } from '../../src/lib/output/text/cluster.js';
import { describeHealthIssues } from '../../src/lib/output/text/health-issues.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { startWriter, type Writer } from '../../src/sandbox/demo/writer.js';
import { listLiveServers } from '../helpers/account.js';
import { availableConsul } from '../helpers/available-consul.js';
import { limits } from '../helpers/intents.js';
import { findIssuesInOutput } from '../helpers/json-schemas.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';
import { until } from '../sandbox/instances/until.js';

warnIfSkipped('create, upgrade, a killed server and a roll in place on real Consul');

const JOURNEY_MS = 600_000;
const HEAL_LIMIT_MS = 90_000;

const SPEED = 12;
/** Each image in its turn. An older Consul after a newer one would be refused; a real one has but one version. */
const IMAGES =
  realConsul === undefined
    ? (['consul-v1', 'consul-v2', 'consul-slow'] as const)
    : (['consul-v1', 'consul-v2', 'consul-v1'] as const);

let site: TestSite | undefined;
let writer: Writer | undefined;
afterEach(async () => {
  await writer?.stop().catch(() => undefined);
  await site?.close();
  [site, writer] = [undefined, undefined];
});

/** The cluster file of the journey, and other ones like it. */
function clusterFile({ folder }: TestSite, image: string, more: Readonly<Record<string, unknown>> = {}): string {
  const path = join(folder, `cluster-${Object.keys(more).join('-')}.yaml`);
  const file = {
    cluster: 'consul',
    region: 'eu-west-1',
    size: 3,
    image: getImage(image).imageId,
    instanceProfile: 'consul',
    subnets: ['subnet-0c0515ea00000000a', 'subnet-0c0515ea00000000b', 'subnet-0c0515ea00000000c'],
    securityGroups: ['sg-0c0515ea000000002'],
    loadBalancer: { healthCheck: { interval: '5s', timeout: '2s' }, draining: '5s' },
    tags: { team: 'platform' },
    ...more,
  };
  writeFileSync(path, JSON.stringify(file));
  return path;
}

const quick = '--interval 250ms --success-threshold 2';

async function json(running: TestSite, line: string) {
  const { exitCode, stdout, stderr } = await running.run(`${line} --json`);
  if (!stdout.startsWith('{')) throw new Error(`${line}: exit ${exitCode}\n${stderr}${stdout}`);
  const document = JSON.parse(stdout);
  expect(findIssuesInOutput(document)).toEqual([]);
  return { exitCode, document, stderr };
}

interface Story {
  /** Every sentence, in its order. */
  readonly said: string[];
  readonly kinds: Set<HealthIssue['kind']>;
  /** In the last observation. */
  readonly servers: readonly string[];
  readonly healthy: boolean;
}

/** The output of `status`, repeated until it is complete. */
async function storyOf(running: TestSite, isOver: (story: Story) => boolean): Promise<Story> {
  const { sandbox, folder } = running;
  const engine = await connect({
    aws: { region: sandbox.region, endpoint: sandbox.endpointUrl, credentials: sandbox.credentials },
    consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
    snapshotDir: folder,
  });
  let story: Story = { said: [], kinds: new Set(), servers: [], healthy: false };
  try {
    await until(
      'the story is over',
      async () => {
        const seen = await readStatus(engine, { cluster: 'consul', group: undefined, limits });
        for (const { kind } of seen.healthIssues) story.kinds.add(kind);
        for (const line of describeHealthIssues(seen)) if (story.said.at(-1) !== line) story.said.push(line);
        const healthy = isClusterHealthy(seen) && seen.healthIssues.length === 0;
        story = { ...story, healthy, servers: seen.observation.servers.map(({ instanceId }) => instanceId) };
        return isOver(story);
      },
      HEAL_LIMIT_MS,
    );
    return story;
  } finally {
    await engine.close();
  }
}

function onlyGroup(world: TestSite['sandbox']['aws']): string {
  const { AutoScalingGroups: groups = [] } = world.call('autoscaling', 'DescribeAutoScalingGroups', {});
  expect(groups).toHaveLength(1);
  return groups[0]?.AutoScalingGroupName ?? '';
}

describe(`from nothing to a cluster and two upgrades, Consul ${availableConsul.kind}`, () => {
  it(
    'loses no write, each step from the command line',
    async () => {
      const running = await openSite({ size: 0, speed: SPEED, consul: availableConsul });
      site = running;
      const { aws: world } = running.sandbox;
      const [first, second, third] = IMAGES;
      const file = clusterFile(running, first);

      const planned = await json(running, `create --file ${file} --dry-run`);
      expect(planned.document.resources.map(({ state }: { state: string }) => state)).toEqual(Array(3).fill('missing'));
      expect(world.balancers()).toEqual([]);
      expect(await running.run(`create --file ${file}`)).toMatchObject({ exitCode: 2 });

      const created = await json(running, `create --file ${file} --yes ${quick}`);
      expect(created).toMatchObject({ exitCode: 0, document: { outcome: 'created', missing: [] } });
      expect(created.document.state).toMatchObject({ voters: 3, healthy: 3, quorum: 2 });
      expect(created.stderr).toMatch(/join {6}3\/3 {3}.*in service/);

      const [binding] = running.sandbox.bindings();
      expect(created.document.loadBalancer).toBe(binding?.address);
      const url = `http://${binding?.address}:${binding?.servedPort}`;
      writer = startWriter({ url, intervalMs: WRITE_EVERY_MS, prefix: 'journey' });

      const again = await json(running, `create --file ${file} ${quick}`);
      expect(again).toMatchObject({ exitCode: 0, document: { outcome: 'existing' } });
      const other = clusterFile(running, first, { keyName: 'deploy-key', size: 5 });
      const refused = await json(running, `create --file ${other} --yes`);
      expect(refused).toMatchObject({ exitCode: 3, document: { error: { code: 'resource-differs' } } });
      expect(refused.document.error.message).toMatch(/keyName is not set, the file says deploy-key/);
      expect(refused.document.error.message).toMatch(/size is 3, the file says 5/);

      const upgraded = await json(running, buildUpgradeCommand(running, second).replace(' --json', ''));
      expect(upgraded).toMatchObject({ exitCode: 0, document: { outcome: 'rolled' } });

      const [instance] = listLiveServers(world).filter(
        ({ instanceId }) => instanceId !== upgraded.document.state.leader,
      );
      if (instance === undefined) throw new Error('there are three servers');
      const group = { AutoScalingGroupName: onlyGroup(world) };
      // Held up, so that the moment lasts for as long as it takes to try a roll in it.
      world.call('autoscaling', 'SuspendProcesses', { ...group, ScalingProcesses: ['Launch'] });
      world.call('ec2', 'TerminateInstances', { InstanceIds: [instance.instanceId] });
      const held = await storyOf(running, ({ kinds }) => kinds.has('gone'));
      expect(held.said.join('\n')).toMatch(new RegExp(`${instance.instanceId} is gone`));
      expect(held.said.join('\n')).toContain('cannot replace servers: its processes Launch are suspended');
      const ill = await json(running, buildUpgradeCommand(running, third).replace(' --json', ''));
      expect(ill).toMatchObject({ exitCode: 3, document: { outcome: 'refused' } });
      expect(ill.document.next.join(' ')).toMatch(/wait until .*consul-roll status --cluster consul/);
      const unwell = await json(running, 'status --cluster consul');
      expect(unwell.document).toMatchObject({ healthy: false, state: { margin: 0 } });
      expect(unwell.document.health.remedies.join(' ')).toContain('aws autoscaling resume-processes');
      world.call('autoscaling', 'ResumeProcesses', { ...group, ScalingProcesses: ['Launch'] });
      const story = await storyOf(running, ({ healthy, servers }) => healthy && servers.length === 3);
      expect([...story.kinds]).toContain('arriving');
      expect(story.servers).not.toContain(instance.instanceId);
      const healed = await json(running, 'status --cluster consul');
      expect(healed.document).toMatchObject({ healthy: true, health: { issues: [] } });
      const alike = listLiveServers(world).map(({ imageId }) => imageId);
      expect(alike).toEqual(Array(3).fill(getImage(second).imageId));

      const inPlace = await json(
        running,
        buildUpgradeCommand(running, third, '--strategy in-place --surge 1').replace(' --json', ''),
      );
      expect(inPlace).toMatchObject({ exitCode: 0, document: { outcome: 'rolled' } });
      expect(listLiveServers(world).map(({ imageId }) => imageId)).toEqual(Array(3).fill(getImage(third).imageId));

      const kept = await json(running, `create --file ${clusterFile(running, third)} ${quick}`);
      expect(kept).toMatchObject({ exitCode: 0, document: { outcome: 'existing' } });
      const report = await writer.stop();
      writer = undefined;
      expect(report.lost).toBe(0);
      expect(report.acknowledged).toBeGreaterThan(100);
    },
    JOURNEY_MS,
  );
});
