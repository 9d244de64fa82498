import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../helpers/account.js';
import type { Ended, Started } from '../helpers/program.js';
import {
  buildContinueCommand,
  buildUpgradeCommand,
  openSite,
  type TestSite,
  THIS_ROLL,
  waitForOutput,
} from '../helpers/site.js';
import { until } from '../sandbox/instances/until.js';

const MINUTE_MS = 60_000;
/** The roll continues until it is told to stop: the image never becomes healthy. */
const ENDLESS = '--lock-ttl 2s --health-timeout 1h';
const BRIEF = '--yes --json --interval 250ms --success-threshold 2 --lock-ttl 2s --health-timeout 15s';

let site: TestSite;

beforeAll(async () => {
  site = await openSite({ size: 3, speed: 16, consul: { kind: 'simulated' } });
}, 3 * MINUTE_MS);

afterAll(() => site?.close(), MINUTE_MS);

/** The commands that an end prints, in order. */
function listCommands(stdout: string): string[] {
  const { next, error } = JSON.parse(stdout);
  const text: string = [...(next ?? []), error?.next ?? ''].join('\n');
  const command = /(?:consul-roll|aws autoscaling) [a-z-]+(?: --[a-z-]+(?: (?:'[^']*'|[^\s',;]+))?)*/g;
  return text.match(command) ?? [];
}

/** Runs a printed command as an operator would; one of AWS by its call. */
async function follow(command: string): Promise<number | null> {
  if (command.startsWith('aws ')) return followAws(command);
  const line = command.replace('consul-roll ', '');
  const isRolling = /^(upgrade|resume|rollback) (?!--help)/.test(line);
  return (await site.run(isRolling ? `${line} ${BRIEF} --snapshot-dir ${site.folder}` : line)).exitCode;
}

function followAws(command: string): number {
  const [, tagged, key, value] = /ResourceId="(.*?)".*,Key=(.*?),Value="(.*?)"/.exec(command) ?? [];
  if (tagged !== undefined) setTag(tagged, key ?? '', value ?? '');
  else site.sandbox.aws.call('autoscaling', 'DescribeAutoScalingGroups', {});
  return 0;
}

const resize = (AutoScalingGroupName: string, DesiredCapacity: number) =>
  site.sandbox.aws.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName, DesiredCapacity, MaxSize: 6 });

const setTag = (ResourceId: string, Key: string, Value: string) =>
  site.sandbox.aws.call('autoscaling', 'CreateOrUpdateTags', {
    Tags: [{ ResourceId, ResourceType: 'auto-scaling-group', Key, Value, PropagateAtLaunch: false }],
  });

const recordUrl = () => `${site.sandbox.loadBalancerUrl}/v1/kv/consul-roll/consul/record`;

let record = '';

/** Writes something else over the record of the roll. */
async function changeRecord(change: (record: string) => string): Promise<void> {
  record = await (await fetch(`${recordUrl()}?raw`)).text();
  await fetch(recordUrl(), { method: 'PUT', body: change(record) });
}

async function restoreRecord(): Promise<void> {
  await fetch(recordUrl(), { method: 'PUT', body: record });
}

const countInService = () =>
  (site.sandbox.aws.call('autoscaling', 'DescribeAutoScalingInstances', {}).AutoScalingInstances ?? []).filter(
    ({ LifecycleState }) => LifecycleState === 'InService',
  ).length;

/** Which of the printed commands lead where: how each begins, and its exit code. */
type Steps = readonly (readonly [start: string, exitCode: number])[];

async function expectSteps({ stdout }: Ended, steps: Steps): Promise<void> {
  const commands = listCommands(stdout);
  for (const [start, exitCode] of steps) {
    const command = commands.find((each) => each.startsWith(start)) ?? `${start} is not among: ${commands}`;
    expect([command, await follow(command)]).toEqual([command, exitCode]);
  }
}

/** A roll with its canary in service, and the process that runs it. */
interface MidRoll {
  readonly oldGroup: string;
  readonly newGroup: string;
  readonly running: Started;
}

async function startMidRoll(image: string): Promise<MidRoll> {
  const running = site.start(buildUpgradeCommand(site, image, ENDLESS));
  await waitForOutput(running, /scale out group \S+ to 1/i);
  await until('the canary is in service', () => countInService() === 4);
  const newGroup = /scale out group (\S+) to 1/i.exec(running.stderr())?.[1] ?? '';
  return { oldGroup: site.sandbox.cluster?.groupName ?? '', newGroup, running };
}

async function interrupt({ running }: MidRoll): Promise<Ended> {
  running.child.kill('SIGINT');
  return running.ended;
}

const resume = () => site.run(buildContinueCommand(site, 'resume', '--lock-ttl 2s'));

interface Scenario {
  readonly state: string;
  readonly image?: string;
  /** Brings the state about from a roll in progress, and returns the end that prints the commands. */
  readonly reach: (roll: MidRoll) => Promise<Ended>;
  readonly exitCode: number;
  readonly steps: Steps;
  /** So that the roll can be rolled back before the next scenario. */
  readonly tidy?: () => Promise<void>;
}

const ROLL_BACK: Steps = [['consul-roll rollback', 0]];
const WATCH = 'consul-roll status --cluster consul --watch';

const SCENARIOS: Scenario[] = [
  { state: 'it was interrupted', reach: interrupt, exitCode: 130, steps: ROLL_BACK },
  // failure-mode: old-group-scaled
  ...[['consul-roll rollback', 0] as const, ['consul-roll resume', 4] as const].map((step) => ({
    state: `the old group was scaled out, ${step[0]}`,
    reach: async ({ oldGroup, running }: MidRoll) => {
      resize(oldGroup, 4);
      return running.ended;
    },
    exitCode: 5,
    steps: [step],
  })),
  // failure-mode: new-group-scaled
  {
    state: 'the new group was scaled out, and has launched',
    image: 'consul-v2',
    reach: async ({ newGroup, running }) => {
      // Before its first server has passed its gates, the roll ends what has not joined.
      await waitForOutput(running, /scale out group \S+ to [2-9]/i);
      await until('the others are launched', () => countInService() === 6);
      resize(newGroup, 5);
      const ended = await running.ended;
      await until('the servers are launched', () => countInService() === 8);
      return ended;
    },
    exitCode: 5,
    steps: ROLL_BACK,
  },
  {
    state: 'the new group was given the old launch configuration',
    reach: async (roll) => {
      await interrupt(roll);
      const { launchConfigurationName } = site.sandbox.cluster ?? {};
      const change = { AutoScalingGroupName: roll.newGroup, LaunchConfigurationName: launchConfigurationName };
      site.sandbox.aws.call('autoscaling', 'UpdateAutoScalingGroup', change);
      return resume();
    },
    exitCode: 5,
    steps: ROLL_BACK,
  },
  {
    state: 'its record is damaged',
    reach: async (roll) => {
      await interrupt(roll);
      await changeRecord(() => 'not a record');
      return resume();
    },
    exitCode: 5,
    steps: [['consul-roll status', 5]],
    tidy: restoreRecord,
  },
  {
    state: 'only tags tell of it',
    reach: async (roll) => {
      await interrupt(roll);
      await fetch(recordUrl(), { method: 'DELETE' });
      return site.run('resume --cluster consul --yes --json');
    },
    exitCode: 3,
    steps: [['consul-roll resume --cluster consul --roll', 4]],
  },
  {
    state: 'another process runs it',
    reach: resume,
    exitCode: 7,
    steps: [
      ['consul-roll pause', 0],
      [WATCH, 130],
      ['consul-roll resume --cluster consul --roll', 4],
    ],
  },
  {
    state: 'another process took the lock over',
    reach: async ({ running }) => {
      const lock = { holder: 'ann@ops pid 7', rollId: '0000', sinceMs: 1, renewedAtMs: Date.now(), ttlMs: 2000 };
      const key = `${site.sandbox.loadBalancerUrl}/v1/kv/consul-roll/consul/lock`;
      await fetch(key, { method: 'PUT', body: JSON.stringify(lock) });
      return running.ended;
    },
    exitCode: 5,
    steps: [[WATCH, 5]],
  },
  {
    state: 'another roll was recorded',
    reach: async ({ running }) => {
      await changeRecord((record) => record.replaceAll(JSON.parse(record).roll, '0000'));
      return running.ended;
    },
    exitCode: 5,
    steps: [['consul-roll status --cluster consul', 0]],
    tidy: restoreRecord,
  },
  // The last one: the cluster then runs the image.
  {
    state: 'another image is asked for',
    reach: async (roll) => {
      await interrupt(roll);
      return site.run(buildUpgradeCommand(site, 'consul-v2'));
    },
    exitCode: 3,
    steps: [
      ['consul-roll rollback', 0],
      ['consul-roll upgrade', 0],
    ],
  },
];

describe('the next command of a roll in progress', () => {
  it.each(SCENARIOS)(
    '$state → it works',
    async ({ image = 'consul-broken', reach, exitCode, steps, tidy }) => {
      const before = readAccount(site.sandbox.aws);
      const roll = await startMidRoll(image);
      const ended = await reach(roll);
      expect(ended.exitCode, ended.stderr).toBe(exitCode);
      await expectSteps(ended, steps);
      await tidy?.();
      const [command = '', last] = steps.at(-1) ?? [];
      const isForward = last === 0 && !command.startsWith('consul-roll rollback');
      if (isForward || last === 5) await follow(`consul-roll rollback --cluster consul ${THIS_ROLL}`);
      if (!isForward) expect(readAccount(site.sandbox.aws)).toEqual(before);
    },
    4 * MINUTE_MS,
  );
});

describe('the next command without a roll', () => {
  it.each<[string, number, Steps]>([
    ['resume --cluster consul --yes --json', 3, [['consul-roll status', 0]]],
    ['upgrade --cluster consul --ami ami-0123456789abcdef0 --yes --json', 3, [['consul-roll plan', 3]]],
    ['status --cluster nosuch --json', 3, [['consul-roll list', 0]]],
    ['upgrade --clustr consul --json', 2, [['consul-roll upgrade --help', 0]]],
    ['upgrad --json', 2, [['consul-roll upgrade --help', 0]]],
  ])(
    '%s',
    async (line, exitCode, steps) => {
      const ended = await site.run(line);
      expect(ended.exitCode, ended.stderr).toBe(exitCode);
      await expectSteps(ended, steps);
    },
    MINUTE_MS,
  );
});
