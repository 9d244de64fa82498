import { describe, expect, it } from 'vitest';
import {
  DOCTOR_CHECKS,
  PREFLIGHT_CHECK_WORDS,
  runDoctorChecks,
} from '../../../src/lib/engine/checks/examine.js';
import { PREFLIGHT_CHECKS } from '../../../src/lib/engine/checks/preflight.js';
import type { DoctorInput, ServerSettings } from '../../../src/lib/model/doctor.js';
import type { PreflightFacts } from '../../../src/lib/model/observation.js';
import { buildDoctorInput, settings } from '../../helpers/evidence.js';
import { buildFacts, limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/surveys.js';

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
const secured = {
  settings: Object.fromEntries(healthy.observation.servers.map((one) => [one.instanceId, aclsOn])),
};

const WRONG: readonly (readonly [string, 'warn' | 'fail', Partial<DoctorInput>])[] = [
  ['image exists', 'fail', withFacts({ image: undefined })],
  ['no roll under way', 'warn', { isRollInProgress: true }],
  ['lock is free', 'fail', { lock }],
  ['lock is free', 'warn', { lock: 'unknown' }],
  [
    'group may launch',
    'warn',
    { observation: buildObservation({ old: 3, oldGroup: { suspendedProcesses: ['Launch'] } }) },
  ],
  ['group is copied whole', 'warn', withFacts({ notCopied: ['its predictive scaling'] })],
  [
    'health check proves something',
    'warn',
    { classicHealthChecks: [{ balancer: 'consul', target: 'HTTP:8500/v1/status/leader' }] },
  ],
  [
    'health check proves something',
    'warn',
    { classicHealthChecks: [{ balancer: 'consul', target: 'TCP:8500' }] },
  ],
  ['servers reach each other', 'warn', { network: undefined }],
  ['servers leave when asked to, only', 'warn', set({ leaveOnTerminate: true })],
  ['servers leave when asked to, only', 'warn', set({ skipLeaveOnInterrupt: false })],
  ['leaving is quick', 'warn', set({ leaveDrainMs: 30_000 })],
  ['leaving is quick', 'fail', set({ leaveDrainMs: 60_000 })],
  ['raft protocol is 3', 'fail', { raftProtocols: [{ node: 'a', version: '2' }] }],
  ['servers run one version', 'warn', running('1.19.0')],
  ['version of the image is in reach', 'warn', named('consul-1.23.0')],
  ['version of the image is in reach', 'warn', named('consul 1.8.7 hardened')],
  ['servers find others by more than addresses', 'warn', set({ retryJoin: ['10.0.1.4', '10.0.1.5:8301'] })],
  ['autopilot lets new servers vote in time', 'fail', autopilot({ serverStabilizationMs: 600_000 })],
  ['autopilot lets new servers vote in time', 'warn', autopilot({ cleanupDeadServers: false })],
  ['autopilot lets new servers vote in time', 'warn', autopilot({ minQuorum: 5 })],
  ['autopilot upgrades nothing by itself', 'warn', running('1.20.2+ent')],
  ['no ghost members', 'warn', member({ server: true, status: 'failed' })],
  ['member list is whole', 'warn', { members: healthy.members?.slice(1) }],
  ['client agents will find the new servers', 'warn', member({ status: 'failed' })],
  ['client agents will find the new servers', 'warn', member({ version: '1.22.0' })],
  ['snapshot can be taken', 'fail', { snapshot: { kind: 'refused', why: 'no right', remedy: 'give it' } }],
  ['token is not sent in clear', 'warn', secured],
  ['ACL agent:write', 'fail', { ...secured, aclPermissions: [{ ...right, isGranted: false }] }],
  [
    'ACL agent:write',
    'warn',
    { ...secured, aclPermissions: [{ ...right, isGranted: undefined, why: 'no answer' }] },
  ],
];

describe('what doctor finds', () => {
  it('finds nothing wrong with a healthy cluster', () => {
    const results = runDoctorChecks(healthy, limits);
    expect(results.filter(({ status: verdict }) => verdict !== 'pass').map(({ check }) => check)).toEqual([
      // Only the canary will tell.
      'version of the image is in reach',
    ]);
    expect(results.every(({ observed: saw, remedy }) => saw.length > 0 && remedy === undefined)).toBe(true);
    expect(new Set(results.map(({ check }) => check)).size).toBe(results.length);
  });

  it.each(WRONG)('%s: %s', (check, verdict, change) => {
    const found = runDoctorChecks(buildDoctorInput(change), limits).find((one) => one.check === check);
    expect(found).toMatchObject({
      check,
      status: verdict,
      observed: expect.any(String),
      remedy: expect.any(String),
    });
    expect(found?.observed).not.toMatch(/\.$|undefined/);
  });

  it.each<[string, Partial<DoctorInput>]>([
    ['image is available', withFacts({ image: undefined })],
    ['image fits the instance type', withFacts({ image: undefined })],
    ['image fits the instance type', withFacts({ architectures: undefined })],
    ['quota allows one more group', withFacts({ quota: undefined })],
    [
      'servers find others by more than addresses',
      {
        settings: Object.fromEntries(
          Object.keys(healthy.settings).map((id) => [id, { ...settings, retryJoin: [] }]),
        ),
      },
    ],
  ])('passes nothing that nobody knows: %s', (check, change) => {
    const found = runDoctorChecks(buildDoctorInput(change), limits).find((one) => one.check === check);
    expect(found).toMatchObject({ status: 'skip', remedy: undefined });
    expect(found?.observed).not.toMatch(/undefined/);
  });

  it('passes an ACL right that is held, and asks for none where ACLs are off', () => {
    const rights = [{ ...right, isGranted: true }];
    const names = (change: Partial<DoctorInput>) =>
      runDoctorChecks(buildDoctorInput(change), limits)
        .filter(({ check }) => check.startsWith('ACL'))
        .map(({ check, status: verdict }) => `${check} ${verdict}`);
    expect(names({ ...secured, aclPermissions: rights })).toEqual(['ACL agent:write pass']);
    expect(names({ aclPermissions: rights })).toEqual(['ACL rights pass']);
  });

  it('says of a cluster without a leader that it does not know, and never that all is well', () => {
    const observation = buildObservation({
      old: 3,
      leader: undefined,
      over: { preflightFacts: buildFacts() },
    });
    const silent = { raftProtocols: [], members: undefined, aclPermissions: [], snapshot: undefined };
    const results = runDoctorChecks(buildDoctorInput({ observation, ...silent }), limits);
    const verdict = (name: string) => results.find(({ check }) => check === name)?.status;
    expect(verdict('one leader, agreed by all')).toBe('fail');
    for (const name of ['failure tolerance of at least 1', 'snapshot can be taken', 'no ghost members']) {
      expect(verdict(name)).toBe('warn');
    }
  });

  it('leaves the checks of the beginning out once a roll has begun', () => {
    const findings = runDoctorChecks(buildDoctorInput({ isRollInProgress: true }), limits).map(
      ({ check }) => check,
    );
    for (const name of ['image exists', 'servers run one version', 'group may launch']) {
      expect(findings).not.toContain(name);
    }
    expect(findings).toContain('snapshot can be taken');
  });

  it('has words for every check of plan and upgrade, and a wrong case for every other', () => {
    expect(Object.keys(PREFLIGHT_CHECK_WORDS).sort()).toEqual(
      PREFLIGHT_CHECKS.map(({ name }) => name).sort(),
    );
    const tried = WRONG.map(([name]) => name);
    const own = DOCTOR_CHECKS.map(({ name }) => name).filter((name) => !(name in PREFLIGHT_CHECK_WORDS));
    const elsewhere = [
      // These read remarks, which have tests of their own (test/ui/traffic.test.ts, test/ui/templates.test.ts).
      'load balancers reach the servers',
      'draining is worth its time',
      'group launches what its servers run',
    ];
    expect(own.filter((name) => !tried.includes(name) && !elsewhere.includes(name))).toEqual([]);
    expect(DOCTOR_CHECKS.every(({ about }) => about.length > 20 && about.endsWith('.'))).toBe(true);
  });
});
