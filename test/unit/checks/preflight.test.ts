import { describe, expect, it } from 'vitest';
import { CHECKS, runPreflight } from '../../../src/lib/engine/checks/checks.js';
import type { Group } from '../../../src/lib/model/group.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type {
  InstanceTypeOverride,
  LaunchTemplateRef,
  MixedInstancesPolicy,
} from '../../../src/lib/model/launch-source.js';
import type { TargetGroup } from '../../../src/lib/model/load-balancer.js';
import type { Observation, PreflightFacts } from '../../../src/lib/model/observation.js';
import type { Peer, Server } from '../../../src/lib/model/server.js';
import { buildFacts, buildIntent, limits } from '../../helpers/intents.js';
import { buildObservation, type ObservationShape } from '../../helpers/observations.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

interface Wrong {
  readonly shape?: ObservationShape;
  readonly group?: Partial<Group>;
  readonly facts?: Partial<PreflightFacts>;
  readonly over?: Partial<Observation>;
  readonly server?: Partial<Server>;
  readonly intent?: Partial<Intent>;
}

/** The ids of the checks that fail if only this is wrong. */
function failures({ shape, group, facts: fact, over, server, intent }: Wrong): string[] {
  const observation = buildObservation({
    old: 3,
    oldGroup: group ?? {},
    ...shape,
    over: { preflightFacts: buildFacts(fact), ...over },
  });
  const servers = observation.servers.map((one, n) => (n === 1 ? { ...one, ...server } : one));
  const failed = runPreflight({
    observation: { ...observation, servers },
    intent: buildIntent(observation, intent),
    limits,
  });
  for (const { observed: saw, remedy } of failed) {
    expect(saw.length).toBeGreaterThan(5);
    expect(remedy?.length).toBeGreaterThan(5);
  }
  return failed.map(({ id }) => id);
}

const image = { id: NEW_IMAGE, name: 'consul-v2', architecture: 'x86_64', state: 'available', createdAtMs: undefined };
const autopilot = {
  cleanupDeadServers: true,
  minQuorum: 0,
  serverStabilizationMs: 10_000,
  upgradeMigrationDisabled: false,
  redundancyZoneTag: '',
};
const orphan: Peer = {
  id: 'g',
  node: 'elsewhere',
  address: '127.1.9.9:8300',
  leader: false,
  voter: false,
  healthy: true,
};
const targetGroup = (over: Partial<TargetGroup>): TargetGroup => ({
  name: 'consul',
  arn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/consul/1',
  targetType: 'instance',
  healthCheck: { protocol: 'HTTP', path: '/v1/status/leader' },
  slowStartMs: 0,
  endsConnections: false,
  loadBalancers: [],
  ...over,
});
const numbered: LaunchTemplateRef = { kind: 'launch-template', id: 'lt-1', name: 'lt', version: '3', resolved: 3 };
const mixed = (override: Partial<InstanceTypeOverride>): MixedInstancesPolicy => ({
  kind: 'mixed',
  launchTemplate: numbered,
  overrides: [{ instanceType: 'm5.large', weight: undefined, launches: undefined, ...override }],
});
/** A roll that adds a version to the launch template of the group. */
const versioned = (version: string): Partial<Intent> => ({
  previousLaunchSource: { ...numbered, version, resolved: 3, defaultVersion: 3, mixed: false },
  nextLaunchSource: { kind: 'launch-template-version', id: 'lt-1' },
});
const manyTags = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`tag-${n}`, 'x']));

const zoned = { ...autopilot, redundancyZoneTag: 'az', upgradeMigrationDisabled: true };
const runsVersion = (version: string): Partial<Server> => {
  const { agent } = buildObservation().servers[1] ?? {};
  return agent?.kind === 'up' ? { agent: { ...agent, version } } : {};
};

const WRONG: readonly (readonly [string, Wrong])[] = [
  ['boot-script-cannot-found', { facts: { bootstrap: { kind: 'constant', least: 1, where: 'line 4' } } }],
  ['boot-script-cannot-found', { facts: { bootstrap: { kind: 'constant', least: 2, where: 'line 4' } } }],
  ['boot-script-cannot-found', { facts: { bootstrap: { kind: 'computed', fromGroup: true, where: 'line 4' } } }],
  ['image-exists', { facts: { image: undefined } }],
  ['image-available', { facts: { image: { ...image, state: 'pending' } } }],
  ['image-fits-instance-type', { facts: { image: { ...image, architecture: 'arm64' } } }],
  ['launch-template-version-exists', { group: { launchSource: { ...numbered, resolved: undefined } } }],
  ['launch-template-names-image', { group: { launchSource: { ...numbered, imageParameter: 'resolve:ssm:/ami' } } }],
  ['traffic-sources-supported', { group: { otherTraffic: ['vpc-lattice arn:1'] } }],
  ['traffic-sources-supported', { facts: { targetGroups: [targetGroup({ targetType: 'lambda' })] } }],
  ['traffic-sources-supported', { facts: { targetGroups: [targetGroup({ targetType: 'alb' })] } }],
  ['single-launch-source', { group: { launchSource: mixed({ launches: 'other' }) } }],
  ['no-instance-weights', { group: { launchSource: mixed({ weight: '2' }) } }],
  ['no-instance-weights', { group: { desiredUnit: 'vcpu' } }],
  [
    'launch-template-not-shared',
    { intent: versioned('3'), facts: { launchTemplateUsers: [{ group: 'web', version: '$Latest' }] } },
  ],
  [
    'launch-template-not-shared',
    { intent: versioned('$Default'), facts: { launchTemplateUsers: [{ group: 'web', version: '$Default' }] } },
  ],
  ['launch-source-convertible', { facts: { unsupportedSettings: ['CpuOptions'] } }],
  ['no-warm-pool-in-place', { group: { warmPool: 'there' }, intent: { newGroup: 'consul' } }],
  ['group-deletable', { group: { deletionProtection: 'prevent-all-deletion' } }],
  ['group-at-desired-capacity', { group: { desired: 4 }, intent: { size: 3, surge: 3 } }],
  ['group-at-desired-capacity', { server: { lifecycle: 'Pending' } }],
  ['no-server-on-standby', { server: { lifecycle: 'Standby' }, group: { desired: 2 }, intent: { size: 2, surge: 2 } }],
  ['instance-lifetimes-last', { group: { maxLifetimeMs: 86_400_000 } }],
  ['instance-lifetimes-last', { group: { maxLifetimeMs: 86_400_000 + 30 * 60_000 } }],
  ['group-at-desired-capacity', { group: { instanceIds: ['i-0a11', 'i-0a12', 'i-0a13', 'i-0a14'] } }],
  ['no-server-marked-unhealthy', { server: { markedUnhealthy: true } }],
  ['zones-balanced', { server: { zone: 'eu-west-1c' } }],
  ['terminate-not-suspended', { group: { suspendedProcesses: ['Terminate'] } }],
  ['no-instance-refresh', { facts: { refreshInProgress: true } }],
  ['surge-within-size', { intent: { surge: 0 } }],
  ['surge-within-size', { intent: { surge: 4 } }],
  [
    'subnets-have-addresses',
    {
      facts: {
        subnets: [
          { id: 'a', zone: '1a', freeAddresses: 1 },
          { id: 'b', zone: '1b', freeAddresses: 1 },
        ],
      },
    },
  ],
  [
    'subnets-have-addresses',
    {
      facts: {
        subnets: [
          { id: 'a', zone: '1a', freeAddresses: 0 },
          { id: 'b', zone: '1b', freeAddresses: 9 },
        ],
      },
    },
  ],
  ['quota-allows-new-group', { facts: { quota: { groupsLeft: 0, launchConfigurationsLeft: 9 } } }],
  ['quota-allows-new-group', { facts: { quota: { groupsLeft: 9, launchConfigurationsLeft: 0 } } }],
  ['tags-have-room', { group: { tags: manyTags } }],
  ['names-available', { over: { launchConfigurations: ['consul-lc', 'consul-lc-7f3a'] } }],
  ['names-available', { shape: { newGroup: {} } }],
  ['servers-respond', { server: { agent: { kind: 'down', why: 'silent', detail: 'no answer in time' } } }],
  ['single-leader', { shape: { leader: undefined } }],
  ['single-leader', { over: { raft: undefined } }],
  ['all-healthy-voters', { shape: { old: 5, stages: { 'i-0a12': 'unhealthy' } } }],
  ['all-healthy-voters', { shape: { old: 5, stages: { 'i-0a12': 'joined' } } }],
  ['peers-match-instances', { shape: { orphanPeers: [orphan] } }],
  ['failure-tolerance', { shape: { old: 2 } }],
  ['failure-tolerance', { shape: { old: 1 }, server: {} }],
  ['no-redundancy-zones', { facts: { autopilot: zoned }, server: runsVersion('1.20.2+ent') }],
  [
    'peer-removal-allowed',
    { facts: { peerRemovalRefusals: [{ instanceId: 'i-0a11', message: 'denied', remedy: 'allow it' }] } },
  ],
  ['leave-allowed', { facts: { leaveRefusals: [{ instanceId: 'i-0a11', message: 'blocked', remedy: 'unblock' }] } }],
  ['snapshot-folder', { facts: { snapshotProblem: { why: '/snapshots is a file', remedy: 'name another folder' } } }],
];

describe('runPreflight', () => {
  it('passes a healthy cluster', () => {
    for (const old of [3, 5, 7]) expect(failures({ shape: { old } })).toEqual([]);
  });

  it('warns of a mark that nothing acts on', () => {
    const input = { server: { markedUnhealthy: true }, group: { suspendedProcesses: ['ReplaceUnhealthy'] } };
    expect(failures(input)).toEqual([]);
  });

  it('passes what AWS does not report', () => {
    const unsaid = { architectures: undefined, quota: undefined, autopilot: undefined, subnets: [] };
    expect(failures({ facts: unsaid })).toEqual([]);
  });

  it('passes with just enough addresses and quota', () => {
    const subnets = [
      { id: 'a', zone: '1a', freeAddresses: 1 },
      { id: 'b', zone: '1b', freeAddresses: 2 },
    ];
    expect(failures({ facts: { subnets, quota: { groupsLeft: 1, launchConfigurationsLeft: 1 } } })).toEqual([]);
  });

  it('counts addresses by zone: a full subnet matters only where its zone has no other', () => {
    const room = (...free: readonly (readonly [string, number])[]) => ({
      facts: { subnets: free.map(([zone, freeAddresses], n) => ({ id: `subnet-${n}`, zone, freeAddresses })) },
    });
    expect(failures(room(['1a', 0], ['1a', 5], ['1b', 5], ['1b', 5]))).toEqual([]);
    expect(failures(room(['1a', 0], ['1a', 1], ['1b', 1], ['1b', 0], ['1c', 0], ['1c', 1]))).toEqual([]);
    expect(failures(room(['1a', 0], ['1a', 0], ['1b', 5], ['1c', 5]))).toEqual(['subnets-have-addresses']);
    expect(failures(room(['1a', 1], ['1a', 1]))).toEqual(['subnets-have-addresses']);
  });

  it.each(WRONG)('fails only %s (%#)', (check, wrong) => {
    // A server that does not respond is not a healthy voter either, so that three servers cannot lose one.
    const alone = failures(wrong).filter((name) => name === check || !follows(check, name));
    expect(alone).toEqual([check]);
  });

  it('accepts a shared launch template whose other users launch a fixed version', () => {
    const numbers = [{ group: 'web', version: '3' }];
    const defaults = [{ group: 'web', version: '$Default' }];
    const itself = [{ group: 'consul', version: '$Latest' }];
    for (const version of ['3', '$Latest']) {
      for (const launchTemplateUsers of [numbers, defaults, itself]) {
        expect(failures({ intent: versioned(version), facts: { launchTemplateUsers } })).toEqual([]);
      }
    }
  });

  it('checks the quota of launch configurations only if one is created', () => {
    const quota = { groupsLeft: 1, launchConfigurationsLeft: 0 };
    expect(failures({ intent: versioned('3'), facts: { quota } })).toEqual([]);
  });

  // failure-mode: enterprise-upgrades
  it('refuses Consul Enterprise with automated upgrades', () => {
    const enterprise = runsVersion('1.20.2+ent');
    expect(failures({ facts: { autopilot }, server: enterprise })).toEqual(['no-automated-upgrades']);
    const off = { ...autopilot, upgradeMigrationDisabled: true };
    expect(failures({ facts: { autopilot: off }, server: enterprise })).toEqual([]);
    expect(failures({ facts: { autopilot }, server: runsVersion('1.20.2') })).toEqual([]);
  });

  // failure-mode: redundancy-zones
  it('refuses redundancy zones on Enterprise only: elsewhere the setting has no effect', () => {
    expect(failures({ facts: { autopilot: zoned } })).toEqual([]);
    expect(failures({ facts: { autopilot: zoned }, server: runsVersion('1.20.2+ent') })).toEqual([
      'no-redundancy-zones',
    ]);
  });

  it('refuses to skip the canary where only that shows that a new server bootstraps no cluster', () => {
    const skipping = { skipCanary: true };
    const unreadable: PreflightFacts['bootstrap'] = { kind: 'unreadable', why: 'it is encrypted' };
    expect(failures({ facts: { bootstrap: unreadable } })).toEqual([]);
    expect(failures({ facts: { bootstrap: unreadable }, intent: skipping })).toEqual(['boot-script-cannot-found']);
    const { agent } = buildObservation({ old: 3 }).servers[1] as Server;
    const baked = { server: { agent: { ...agent, bootstrapExpect: 3 } as Server['agent'] } };
    expect(failures(baked)).toEqual([]);
    expect(failures({ ...baked, intent: skipping })).toEqual(['boot-script-cannot-found']);
    expect(failures({ intent: skipping })).toEqual([]);
    expect(failures({ facts: { bootstrap: { kind: 'guarded' } }, intent: skipping })).toEqual([]);
    const unread = ['line 3 of the user data'];
    for (const read of [
      { kind: 'none' },
      { kind: 'constant', least: 3, where: '' },
      { kind: 'guarded' },
    ] as const satisfies readonly PreflightFacts['bootstrap'][]) {
      const facts = { bootstrap: { ...read, unread } };
      expect(failures({ facts })).toEqual([]);
      expect(failures({ facts, intent: skipping })).toEqual(['boot-script-cannot-found']);
    }
    // The servers have a smaller number than the user data says.
    const above = { facts: { bootstrap: { kind: 'constant', least: 5, where: '' } as const } };
    expect(failures({ ...baked, ...above })).toEqual([]);
    expect(failures({ ...baked, ...above, intent: skipping })).toEqual(['boot-script-cannot-found']);
  });

  it('accepts a boot script whose bootstrap_expect no unjoined new servers can reach', () => {
    const constant = (least: number): Partial<PreflightFacts> => ({
      bootstrap: { kind: 'constant', least, where: '' },
    });
    const computed: PreflightFacts['bootstrap'] = { kind: 'computed', fromGroup: true, where: 'line 4' };
    expect(failures({ facts: constant(3) })).toEqual([]);
    expect(failures({ facts: constant(0) })).toEqual([]);
    expect(failures({ facts: { bootstrap: { kind: 'guarded' } } })).toEqual([]);
    // One at a time, and two are expected.
    expect(failures({ facts: constant(2), intent: { surge: 1 } })).toEqual([]);
    expect(failures({ facts: constant(1), intent: { surge: 1 } })).toEqual(['boot-script-cannot-found']);
    // A cluster of one server founds with 1, and so would its replacement.
    const alone = { old: 1, oldGroup: { desired: 1 } };
    expect(failures({ shape: alone, facts: constant(1) })).toContain('boot-script-cannot-found');
    expect(failures({ facts: { bootstrap: computed }, intent: { newGroup: 'consul' } })).toEqual([]);
    // In place nothing is known of another value either.
    const other = { facts: { bootstrap: { ...computed, fromGroup: false } }, intent: { newGroup: 'consul' } };
    expect(failures(other)).toEqual(['boot-script-cannot-found']);
  });

  const remedyOf = (wrong: Wrong, check: string) => {
    const observation = buildObservation({ old: 3, ...wrong.shape, oldGroup: wrong.group ?? {} });
    const servers = observation.servers.map((one, n) => (n === 1 ? { ...one, ...wrong.server } : one));
    const over = { ...observation, servers, preflightFacts: buildFacts(wrong.facts) };
    const failed = runPreflight({ observation: over, intent: buildIntent(over), limits });
    return failed.find(({ id }) => id === check)?.remedy;
  };

  // failure-mode: tls-mistake
  it('names the setting of this machine that keeps servers from answering', () => {
    const agent = { kind: 'down', why: 'broken', detail: 'x', remedy: 'set CONSUL_CACERT to it' } as const;
    expect(remedyOf({ server: { agent } }, 'servers-respond')).toBe('set CONSUL_CACERT to it');
  });

  // failure-mode: standby-before
  it('names the commands that put a server on standby back into service', () => {
    const group = { desired: 2, maxSize: 2, suspendedProcesses: ['Launch'] };
    expect(remedyOf({ server: { lifecycle: 'Standby' }, group }, 'no-server-on-standby')).toBe(
      'put them back into service: aws autoscaling resume-processes --auto-scaling-group-name consul --scaling-processes Launch; ' +
        'aws autoscaling update-auto-scaling-group --auto-scaling-group-name consul --max-size 3; ' +
        'aws autoscaling exit-standby --auto-scaling-group-name consul --instance-ids i-0a12',
    );
  });

  // failure-mode: detached-before
  it('names the command that attaches a server that was detached', () => {
    const strays = [{ address: '127.1.9.9', instanceId: 'i-0c11', group: undefined }];
    const wrong = { shape: { orphanPeers: [orphan] }, group: { maxSize: 4 }, facts: { strays } };
    expect(remedyOf(wrong, 'peers-match-instances')).toBe(
      'attach them: aws autoscaling attach-instances --auto-scaling-group-name consul --instance-ids i-0c11; or run consul leave on them',
    );
    const elsewhere = { ...wrong, facts: { strays: [{ ...strays[0], group: 'web' }] } } as Wrong;
    expect(remedyOf(elsewhere, 'peers-match-instances')).toContain('consul operator raft remove-peer');
  });

  // failure-mode: lifetime-near
  it('allows a maximum instance lifetime that no roll reaches, or that nothing acts on', () => {
    const maxLifetimeMs = 86_400_000;
    expect(failures({ group: { maxLifetimeMs: 2 * maxLifetimeMs } })).toEqual([]);
    expect(failures({ group: { maxLifetimeMs, suspendedProcesses: ['Launch'] } })).toEqual([]);
    expect(remedyOf({ group: { maxLifetimeMs } }, 'instance-lifetimes-last')).toMatch(
      /aws autoscaling update-auto-scaling-group --auto-scaling-group-name consul --max-instance-lifetime 1728\d\d$|--max-instance-lifetime \d{6}$/,
    );
  });

  it('accepts deletion protection in place', () => {
    const group = { deletionProtection: 'prevent-all-deletion' };
    expect(failures({ group, intent: { newGroup: 'consul' } })).toEqual([]);
  });

  it('has a failing case for every preflight check', () => {
    const tried = [...WRONG.map(([id]) => id), 'no-automated-upgrades'];
    const preflight = CHECKS.filter(({ when }) => when === 'preflight').map(({ id }) => id);
    expect(preflight.filter((id) => !tried.includes(id))).toEqual([]);
  });
});

/** Checks that always fail together with another one. */
function follows(cause: string, name: string): boolean {
  const quorum = ['servers-respond', 'single-leader'];
  return name === 'failure-tolerance' && quorum.includes(cause);
}

describe('the remedy of failure-tolerance', () => {
  const remedyFor = (desired: number, shape: ObservationShape) => {
    const observation = buildObservation({ ...shape, oldGroup: { desired }, over: { preflightFacts: buildFacts() } });
    const failed = runPreflight({ observation, intent: buildIntent(observation), limits });
    return failed.find(({ id }) => id === 'failure-tolerance')?.remedy;
  };

  it('is more servers if the group is small', () => {
    expect(remedyFor(2, { old: 2 })).toContain('run at least three servers');
  });

  it('is to wait if a server is being replaced', () => {
    expect(remedyFor(3, { old: 2 })).toMatch(/^wait until all 3 servers of the group vote again: .* status/);
  });
});
