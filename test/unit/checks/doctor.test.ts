import { describe, expect, it } from 'vitest';
import { CHECKS, runDoctorChecks } from '../../../src/lib/engine/checks/checks.js';
import { STATE_KINDS } from '../../../src/lib/model/comparison.js';
import type { DoctorInput, ServerSettings } from '../../../src/lib/model/doctor.js';
import type { PreflightFacts } from '../../../src/lib/model/observation.js';
import { buildDoctorInput, settings } from '../../helpers/doctor-input.js';
import { buildFacts } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

const healthy = buildDoctorInput();
const [first] = healthy.observation.servers;
const withFacts = (change: Partial<PreflightFacts>): Partial<DoctorInput> => ({
  observation: buildObservation({
    old: 3,
    over: { preflightFacts: buildFacts({ ...healthy.observation.preflightFacts, ...change }) },
  }),
});
const autopilot = (change: object): Partial<DoctorInput> => {
  const found = healthy.observation.preflightFacts?.autopilot;
  return found ? withFacts({ autopilot: { ...found, ...change } }) : {};
};
const set = (change: Partial<ServerSettings>): Partial<DoctorInput> => ({
  settings: { ...healthy.settings, [first?.instanceId ?? '']: { ...settings, ...change } },
});
const member = (change: object): Partial<DoctorInput> => ({
  members: [
    ...(healthy.members ?? []),
    { name: 'web', address: '10.0.9.9', server: false, version: '1.20.2', status: 'alive', ...change },
  ],
});
const running = (version: string): Partial<DoctorInput> => {
  const servers = healthy.observation.servers.map((server, n) =>
    n > 0 || server.agent.kind === 'down' ? server : { ...server, agent: { ...server.agent, version } },
  );
  return { observation: { ...healthy.observation, servers } };
};
const named = (name: string) => {
  const image = healthy.observation.preflightFacts?.image;
  return image ? withFacts({ image: { ...image, name } }) : {};
};
const lock = { holder: 'ada@here pid 1', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 30_000 };
const right = { rule: 'agent:write', purpose: 'having a server leave', why: undefined };
const aclsOn = { ...settings, aclsEnabled: true };
const secured = { settings: Object.fromEntries(healthy.observation.servers.map((one) => [one.instanceId, aclsOn])) };

const WRONG: readonly (readonly [string, 'warn' | 'fail', Partial<DoctorInput>])[] = [
  ['image-exists', 'fail', withFacts({ image: undefined })],
  ['no-roll-in-progress', 'warn', { isRollInProgress: true }],
  ['snapshot-possible', 'fail', { snapshot: { kind: 'taken', bytes: 700, freeBytes: 600 } }],
  ['no-other-servers', 'warn', { otherServers: { [first?.instanceId ?? '']: ['Vault'] } }],
  ['lock-available', 'fail', { lock }],
  ['lock-available', 'warn', { lock: 'unknown' }],
  [
    'launch-not-suspended',
    'warn',
    { observation: buildObservation({ old: 3, oldGroup: { suspendedProcesses: ['Launch'] } }) },
  ],
  ['group-copied-completely', 'warn', withFacts({ notCopied: ['its predictive scaling'] })],
  [
    'health-check-verifies-consul',
    'warn',
    { classicHealthChecks: [{ balancer: 'consul', target: 'HTTP:8500/v1/status/leader' }] },
  ],
  ['health-check-verifies-consul', 'warn', { classicHealthChecks: [{ balancer: 'consul', target: 'TCP:8500' }] }],
  [
    'zones-stay-served',
    'warn',
    { ...withFacts({ zonalBalancers: ['consul-lb'] }), intent: { ...healthy.intent, surge: 1 } },
  ],
  ['server-ports-open', 'warn', { network: undefined }],
  [
    'lifecycle-hooks-completed',
    'warn',
    withFacts({
      lifecycleHooks: [{ name: 'drain', holds: 'terminations', timeoutMs: 3_600_000, defaultResult: 'CONTINUE' }],
    }),
  ],
  ['no-leave-on-stop', 'warn', set({ leaveOnTerminate: true })],
  ['no-leave-on-stop', 'warn', set({ skipLeaveOnInterrupt: false })],
  ['leave-drain-short', 'warn', set({ leaveDrainMs: 30_000 })],
  ['leave-drain-short', 'fail', set({ leaveDrainMs: 60_000 })],
  ['raft-protocol-3', 'fail', { raftProtocols: [{ node: 'a', version: '2' }] }],
  ['single-consul-version', 'warn', running('1.19.0')],
  ['image-version-supported', 'warn', named('consul-1.23.0')],
  ['image-version-supported', 'warn', named('consul 1.8.7 hardened')],
  ['retry-join-finds-new-servers', 'warn', set({ retryJoin: ['10.0.1.4', '10.0.1.5:8301'] })],
  ['autopilot-settings', 'fail', autopilot({ serverStabilizationMs: 600_000 })],
  ['autopilot-settings', 'warn', autopilot({ cleanupDeadServers: false })],
  ['autopilot-settings', 'warn', autopilot({ minQuorum: 5 })],
  ['no-automated-upgrades', 'fail', running('1.20.2+ent')],
  ['no-failed-members', 'warn', member({ server: true, status: 'failed' })],
  ['member-list-complete', 'warn', { members: healthy.members?.slice(1) }],
  ['clients-ready', 'warn', member({ status: 'failed' })],
  ['clients-ready', 'warn', member({ version: '1.22.0' })],
  ['snapshot-possible', 'fail', { snapshot: { kind: 'refused', why: 'no right', remedy: 'give it' } }],
  ['token-encrypted', 'warn', secured],
  ['state-readable', 'warn', { hiddenState: ['keys', 'aclTokens'] }],
  ['state-readable', 'warn', { hiddenState: STATE_KINDS }],
  ['acl-agent-write', 'fail', { ...secured, aclPermissions: [{ ...right, isGranted: false }] }],
  ['acl-agent-write', 'warn', { ...secured, aclPermissions: [{ ...right, isGranted: undefined, why: 'no answer' }] }],
];

describe('runDoctorChecks', () => {
  it('passes a healthy cluster', () => {
    const results = runDoctorChecks(healthy);
    expect(results.filter(({ status }) => status !== 'pass').map(({ id }) => id)).toEqual([
      // Only the canary will tell.
      'image-version-supported',
    ]);
    expect(results.every(({ observed, remedy }) => observed.length > 0 && remedy === undefined)).toBe(true);
    expect(new Set(results.map(({ id }) => id)).size).toBe(results.length);
  });

  it.each(WRONG)('%s: %s', (id, status, change) => {
    const found = runDoctorChecks(buildDoctorInput(change)).find((one) => one.id === id);
    expect(found).toMatchObject({ id, status, observed: expect.any(String), remedy: expect.any(String) });
    expect(found?.observed).not.toMatch(/\.$|undefined/);
  });

  it.each<[string, Partial<DoctorInput>]>([
    ['image-available', withFacts({ image: undefined })],
    ['image-fits-instance-type', withFacts({ image: undefined })],
    ['image-fits-instance-type', withFacts({ architectures: undefined })],
    ['quota-allows-new-group', withFacts({ quota: undefined })],
    [
      'retry-join-finds-new-servers',
      { settings: Object.fromEntries(Object.keys(healthy.settings).map((id) => [id, { ...settings, retryJoin: [] }])) },
    ],
  ])('skips what cannot be known: %s', (id, change) => {
    const found = runDoctorChecks(buildDoctorInput(change)).find((one) => one.id === id);
    expect(found).toMatchObject({ status: 'skip', remedy: undefined });
    expect(found?.observed).not.toMatch(/undefined/);
  });

  it('passes a granted ACL rule, and checks none if ACLs are off', () => {
    const rights = [{ ...right, isGranted: true }];
    const names = (change: Partial<DoctorInput>) =>
      runDoctorChecks(buildDoctorInput(change))
        .filter(({ id }) => id.startsWith('acl-'))
        .map(({ id, status }) => `${id} ${status}`);
    expect(names({ ...secured, aclPermissions: rights })).toEqual(['acl-agent-write pass']);
    expect(names({ aclPermissions: rights })).toEqual(['acl-rules pass']);
  });

  it('warns about what is unknown without a leader', () => {
    const observation = buildObservation({ old: 3, leader: undefined, over: { preflightFacts: buildFacts() } });
    const silent = { raftProtocols: [], members: undefined, aclPermissions: [], snapshot: undefined };
    const results = runDoctorChecks(buildDoctorInput({ observation, ...silent }));
    const statusOf = (wanted: string) => results.find(({ id }) => id === wanted)?.status;
    expect(statusOf('single-leader')).toBe('fail');
    for (const name of ['failure-tolerance', 'snapshot-possible', 'no-failed-members']) {
      expect(statusOf(name)).toBe('warn');
    }
  });

  it('omits checks for before the roll once a roll has begun', () => {
    const findings = runDoctorChecks(buildDoctorInput({ isRollInProgress: true })).map(({ id }) => id);
    for (const name of ['image-exists', 'single-consul-version', 'launch-not-suspended']) {
      expect(findings).not.toContain(name);
    }
    expect(findings).toContain('snapshot-possible');
  });

  it('has a failing case for every check that preflight does not run', () => {
    const tried = WRONG.map(([id]) => id);
    const own = CHECKS.filter(({ when }) => when === 'doctor').map(({ id }) => id);
    const elsewhere = [
      // These read notices, which have tests of their own in test/unit/output.
      'load-balancers-reach-servers',
      'drain-time-short',
      'group-launches-current-image',
    ];
    expect(own.filter((id) => !tried.includes(id) && !elsewhere.includes(id))).toEqual([]);
    expect(CHECKS.every(({ about }) => about.length > 20 && about.endsWith('.'))).toBe(true);
  });
});
