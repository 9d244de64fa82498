import type {
  CheckResult,
  DoctorInput,
  DoctorReport,
  IamPermissionResult,
  ProbeTargets,
  ServerSettings,
  SnapshotProbe,
} from '../../model/doctor.js';
import { RollError } from '../../model/errors.js';
import { isInPlace } from '../../model/intent.js';
import { findLaunchTemplate } from '../../model/launch-source.js';
import type { RollOptions } from '../../model/plan.js';
import { parseHost } from '../../model/server.js';
import type { CloudInspection, ConsulInspection } from '../../ports.js';
import type { Engine } from '../engine.js';
import { findCluster } from '../observe/find-cluster.js';
import { readLock } from '../run/lock.js';
import { type RunStart, startRun } from '../run/start.js';
import { runDoctorChecks } from './examine.js';
import {
  checkPermissions,
  findUncertain,
  listChangePermissions,
  listReadPermissions,
} from './permissions.js';

/**
 * Every check before a roll, each by name. What cannot be read is a finding too, so this throws only for a bug.
 * Where the order names no image, the one that the group launches today stands for it. Changes nothing.
 */
export async function runDoctor(
  engine: DoctorEngine,
  options: RollOptions,
  { permissions }: { readonly permissions: boolean } = { permissions: true },
): Promise<DoctorReport> {
  const credentials = await checkCredentials(engine);
  const about = buildReportHead(options);
  if (credentials.status === 'fail') return { ...about, results: [credentials] };
  const reading = permissions ? await checkReadPermissions(engine) : [];
  try {
    const begun = await startRun(engine, await addCurrentImage(engine, options));
    const changing = permissions ? await checkChangePermissions(engine, begun) : [];
    const results = [...changing, ...runDoctorChecks(await readDoctorInput(engine, begun), options.limits)];
    const { intent, observation } = begun;
    const found = { group: intent.oldGroup, imageId: intent.imageId, servers: observation.servers.length };
    return { ...about, ...found, results: [credentials, ...reading, ...results] };
  } catch (thrown) {
    const unread = toFailedResult('cluster can be examined', thrown);
    return { ...about, results: [credentials, ...reading, unread] };
  }
}

function buildReportHead({ cluster, group, imageId }: RollOptions): Omit<DoctorReport, 'results'> {
  return { cluster, group, imageId, isImageGiven: imageId !== undefined, servers: 0 };
}

async function checkCredentials({ cloudInspection }: DoctorEngine): Promise<CheckResult> {
  try {
    const saw = await cloudInspection.readCallerArn();
    return { check: 'credentials', status: 'pass', observed: saw, remedy: undefined };
  } catch (thrown) {
    return toFailedResult('credentials', thrown);
  }
}

async function addCurrentImage({ cloud }: DoctorEngine, options: RollOptions): Promise<RollOptions> {
  if (options.imageId !== undefined) return options;
  const { old, recorded } = await findCluster(cloud, options.cluster, options.group);
  if (recorded !== undefined) return options;
  if (old?.imageId !== undefined) return { ...options, imageId: old.imageId };
  throw new RollError({
    code: 'image-unknown',
    message: `AWS does not say which image ${old?.name} launches.`,
    kind: 'refused',
    next: 'name the image to roll onto with --ami',
  });
}

/** An error a person can act on, as a check that fails. */
function toFailedResult(check: string, thrown: unknown): CheckResult {
  if (!(thrown instanceof RollError)) throw thrown;
  return { check, status: 'fail', observed: thrown.message.replace(/\.$/, ''), remedy: thrown.next };
}

type LeaderReadings = Pick<DoctorInput, 'raftProtocols' | 'members' | 'aclPermissions' | 'snapshot' | 'lock'>;

const NO_LEADER_READINGS: LeaderReadings = {
  raftProtocols: [],
  members: undefined,
  aclPermissions: [],
  snapshot: undefined,
  lock: 'unknown',
};

/** Everything the checks want to know, asked side by side. Changes nothing. */
export async function readDoctorInput(
  engine: DoctorEngine,
  { observation, intent, target, resumed }: RunStart,
): Promise<DoctorInput> {
  const leader = observation.raft && parseHost(observation.raft.leader);
  const [classicChecks, network, settings, asked] = await Promise.all([
    engine.cloudInspection.describeClassicHealthChecks(target.balancers),
    engine.cloudInspection.describeServerNetwork(
      observation.servers.map(({ instanceId }) => instanceId),
      intent.oldGroup,
    ),
    readAllSettings(engine, observation),
    leader === undefined ? NO_LEADER_READINGS : readFromLeader(engine, leader, observation.cluster),
  ]);
  return {
    observation,
    intent,
    isRollInProgress: resumed,
    classicHealthChecks: classicChecks,
    network,
    settings,
    encrypted: engine.encrypted,
    ...asked,
  };
}

async function readAllSettings(
  { consulInspection }: DoctorEngine,
  { servers }: DoctorInput['observation'],
): Promise<Record<string, ServerSettings>> {
  const up = servers.filter(({ agent }) => agent.kind === 'up');
  const asked = await Promise.all(
    up.map(async ({ instanceId, address = '' }) => {
      const settings = await consulInspection.readServerSettings(address);
      return settings === undefined ? [] : [[instanceId, settings] as const];
    }),
  );
  return Object.fromEntries(asked.flat());
}

async function readFromLeader(
  engine: DoctorEngine,
  leader: string,
  cluster: string,
): Promise<LeaderReadings> {
  const { consulInspection: inspection } = engine;
  const [raftProtocols, members, aclPermissions, snapshot, lock] = await Promise.all([
    inspection.readRaftProtocols(leader),
    inspection.listMembers(leader),
    inspection.probeAclPermissions(leader, cluster),
    probeSnapshot(engine, leader),
    readLock(engine, cluster, leader).catch(ignoreDenied),
  ]);
  return { raftProtocols, members, aclPermissions, snapshot, lock };
}

/** A token that may not read it is told of by the checks of its rights. */
function ignoreDenied(thrown: unknown): 'unknown' {
  if (thrown instanceof RollError && thrown.code === 'acl-denied') return 'unknown';
  throw thrown;
}

async function probeSnapshot({ consul }: DoctorEngine, leader: string): Promise<SnapshotProbe> {
  try {
    return { kind: 'taken', bytes: (await consul.takeSnapshot(leader)).length };
  } catch (thrown) {
    if (!(thrown instanceof RollError)) throw thrown;
    return { kind: 'refused', why: thrown.message.replace(/\.$/, ''), remedy: thrown.next };
  }
}

/** Whether everything can be read that a roll reads; asked first, for without it nothing else can be told. */
export async function checkReadPermissions({
  cloudInspection,
}: DoctorEngine): Promise<readonly CheckResult[]> {
  const wanted = listReadPermissions();
  return checkPermissions(wanted, {
    probed: await cloudInspection.probeReads(wanted.map(({ action }) => action)),
  });
}

/** Whether everything may be changed that a roll of this group changes. */
export async function checkChangePermissions(
  { cloudInspection, newRollId }: DoctorEngine,
  { observation, intent, resumed }: RunStart,
): Promise<readonly CheckResult[]> {
  const { old } = observation;
  if (old === undefined) return [];
  const wanted = listChangePermissions(old, intent);
  const launchTemplate = findLaunchTemplate(old.launchSource);
  const targets: ProbeTargets = {
    oldGroup: old.name,
    suspended: old.suspendedProcesses,
    makesGroup: !isInPlace(intent),
    // Never the new group of this intent: in place, and once a roll has begun, it is there, and nothing is tried on it.
    unusedName: `${intent.cluster}-${newRollId()}`,
    launchTemplate: launchTemplate && { id: launchTemplate.id, version: launchTemplate.version },
    imageId: intent.imageId,
    subnet: old.subnets[0],
    balancer: old.balancers[0],
    targetGroup: old.targetGroups[0],
  };
  const tried = await cloudInspection.probeChanges(
    wanted.map(({ action }) => action),
    targets,
  );
  const doubtful = findUncertain(wanted, tried);
  if (doubtful.length === 0) return checkPermissions(wanted, { probed: tried });
  const [simulated, onOldGroup] = await Promise.all([
    cloudInspection.simulatePolicies(doubtful, targets),
    // Nothing is resumed, not even what runs, that a roll may be about to suspend.
    resumed ? [] : cloudInspection.probeOldGroupChanges(listRefused(tried), targets),
  ]);
  return checkPermissions(wanted, { probed: tried, simulated, onOldGroup, inPlace: !targets.makesGroup });
}

function listRefused(tried: readonly IamPermissionResult[]): readonly string[] {
  return tried.filter(({ allowed }) => allowed === false).map(({ action }) => action);
}

/** What a roll needs of the outside, and what only an examination asks. */
export interface DoctorEngine extends Engine {
  readonly cloudInspection: CloudInspection;
  readonly consulInspection: ConsulInspection;
  /** Whether the servers are asked over TLS. */
  readonly encrypted: boolean;
}
