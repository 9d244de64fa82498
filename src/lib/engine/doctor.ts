import type { CheckResult, DoctorReport } from '../model/check.js';
import { buildRollName } from '../model/cluster-name.js';
import type { DoctorInput, IamPermissionResult, ProbeTargets, ServerSettings, SnapshotProbe } from '../model/doctor.js';
import { isAclDenied, RollError } from '../model/errors.js';
import type { Limits } from '../model/intent.js';
import { findLaunchTemplate } from '../model/launch-source.js';
import type { DoctorOrder, RollOptions } from '../model/plan.js';
import { parseHost } from '../model/server.js';
import type { CloudInspection, ConsulInspection } from '../ports.js';
import type { CheckIdentity } from './checks/check.js';
import { READ_CHECKS, runDoctorChecks } from './checks/checks.js';
import { checkPermissions, findUncertain, listChangePermissions, listReadPermissions } from './checks/permissions.js';
import type { Engine } from './engine.js';
import { findCluster } from './observe/find-cluster.js';
import { resolveOrder } from './observe/resolve-order.js';
import { findTokenRecipients } from './observe/token-recipients.js';
import { readLock } from './run/lock.js';
import { type RunStart, startRun } from './run/start.js';
import { strategyOf } from './strategy/strategies.js';

/**
 * Runs every check. Changes nothing. Without an image in `options` it checks the one that the group launches today. A
 * read that fails is a failed check, so this throws only for a bug.
 */
export async function runDoctor(
  engine: DoctorEngine,
  options: DoctorOrder,
  { permissions }: { readonly permissions: boolean } = { permissions: true },
): Promise<DoctorReport> {
  const credentials = await checkCredentials(engine);
  const about = buildReportHead(options);
  if (credentials.status === 'fail') return { ...about, results: [credentials] };
  const reading = permissions ? await checkReadPermissions(engine) : [];
  try {
    const start = await startRun(engine, await chooseImage(engine, options));
    const changing = permissions ? await checkChangePermissions(engine, start) : [];
    const results = [...changing, ...runDoctorChecks(await readDoctorInput(engine, start, options.limits))];
    const { intent, observation } = start;
    const found = { group: intent.oldGroup, imageId: intent.imageId, servers: observation.servers.length };
    return { ...about, ...found, results: [credentials, ...reading, ...results] };
  } catch (thrown) {
    const unreadable = toFailedResult(READ_CHECKS.cluster, thrown);
    return { ...about, results: [credentials, ...reading, unreadable] };
  }
}

function buildReportHead({ cluster, group, image }: DoctorOrder): Omit<DoctorReport, 'results'> {
  const imageId = image?.kind === 'id' ? image.imageId : undefined;
  return { cluster, group, imageId, isImageGiven: image !== undefined, servers: 0 };
}

async function checkCredentials({ cloud }: DoctorEngine): Promise<CheckResult> {
  const { id, subject } = READ_CHECKS.credentials;
  try {
    const { arn, account, alias, region } = await cloud.readCaller();
    const observed = `${arn}, account ${account}${alias === undefined ? '' : ` (${alias})`}, ${region}`;
    return { id, subject, status: 'pass', observed, remedy: undefined };
  } catch (thrown) {
    return toFailedResult(READ_CHECKS.credentials, thrown);
  }
}

async function chooseImage(engine: DoctorEngine, options: DoctorOrder): Promise<RollOptions> {
  const { image, ...run } = options;
  if (image !== undefined) return resolveOrder(engine, { ...run, kind: 'upgrade', image });
  const { old, roll } = await findCluster(engine, options);
  if (roll !== undefined) return { ...run, kind: 'resume', imageId: undefined };
  if (old?.imageId !== undefined) return { ...run, kind: 'upgrade', imageId: old.imageId };
  throw new RollError({
    code: 'image-unknown',
    message: `AWS does not say which image ${old?.name} launches.`,
    kind: 'refused',
    next: 'name the image to roll onto with --ami',
  });
}

function toFailedResult({ id, subject }: CheckIdentity, thrown: unknown): CheckResult {
  if (!(thrown instanceof RollError)) throw thrown;
  return { id, subject, status: 'fail', observed: thrown.message.replace(/\.$/, ''), remedy: thrown.next };
}

type LeaderReadings = Pick<
  DoctorInput,
  'raftProtocols' | 'members' | 'aclPermissions' | 'hiddenState' | 'snapshot' | 'lock'
>;

const NO_LEADER_READINGS: LeaderReadings = {
  raftProtocols: [],
  members: undefined,
  aclPermissions: [],
  hiddenState: [],
  snapshot: undefined,
  lock: 'unknown',
};

/** Reads everything that the checks need, in parallel. Changes nothing. */
async function readDoctorInput(
  engine: DoctorEngine,
  { observation, intent, target, resumed, isConfirmed }: RunStart,
  limits: Limits,
): Promise<DoctorInput> {
  const leader = observation.raft && parseHost(observation.raft.leader);
  engine.consulInspection.giveTokenTo(isConfirmed ? findTokenRecipients(observation) : []);
  const [classicHealthChecks, network, settings, otherServers, leaderReadings] = await Promise.all([
    engine.cloudInspection.describeClassicHealthChecks(target.balancers),
    engine.cloudInspection.describeServerNetwork(
      observation.servers.map(({ instanceId }) => instanceId),
      intent.oldGroup,
    ),
    readAllSettings(engine, observation),
    readOtherServers(engine, observation),
    leader === undefined ? NO_LEADER_READINGS : readFromLeader(engine, leader, observation),
  ]);
  return {
    observation,
    intent,
    limits,
    isRollInProgress: resumed,
    classicHealthChecks,
    network,
    settings,
    otherServers,
    encrypted: engine.encrypted,
    ...leaderReadings,
  };
}

async function readAllSettings(
  { consulInspection }: DoctorEngine,
  { servers }: DoctorInput['observation'],
): Promise<Record<string, ServerSettings>> {
  const up = servers.filter(({ agent }) => agent.kind === 'up');
  const readings = await Promise.all(
    up.map(async ({ instanceId, address = '' }) => {
      const settings = await consulInspection.readServerSettings(address);
      return settings === undefined ? [] : [[instanceId, settings] as const];
    }),
  );
  return Object.fromEntries(readings.flat());
}

async function readOtherServers(
  { consulInspection }: DoctorEngine,
  { servers }: DoctorInput['observation'],
): Promise<DoctorInput['otherServers']> {
  const found = servers.map(async ({ instanceId, address }) => {
    return [instanceId, address === undefined ? [] : await consulInspection.findOtherServers(address)] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

async function readFromLeader(
  engine: DoctorEngine,
  leader: string,
  { cluster, preflightFacts }: DoctorInput['observation'],
): Promise<LeaderReadings> {
  const isFolderFit = preflightFacts?.snapshotProblem === undefined;
  const { consulInspection: inspection } = engine;
  const [raftProtocols, members, aclPermissions, hiddenState, snapshot, lock] = await Promise.all([
    inspection.readRaftProtocols(leader),
    inspection.listMembers(leader),
    inspection.probeAclPermissions(leader, cluster),
    inspection.findHiddenState(leader),
    probeSnapshot(engine, leader, isFolderFit),
    readLock(engine, cluster, leader).catch(ignoreDenied),
  ]);
  return { raftProtocols, members, aclPermissions, hiddenState, snapshot, lock };
}

/** The ACL checks report a token that may not read the lock. */
function ignoreDenied(thrown: unknown): 'unknown' {
  if (isAclDenied(thrown)) return 'unknown';
  throw thrown;
}

async function probeSnapshot(
  { consul, files }: DoctorEngine,
  leader: string,
  isFolderFit: boolean,
): Promise<SnapshotProbe> {
  try {
    let bytes = 0;
    for await (const chunk of await consul.takeSnapshot(leader)) bytes += chunk.length;
    return { kind: 'taken', bytes, freeBytes: isFolderFit ? await files.countFreeBytes() : undefined };
  } catch (thrown) {
    if (!(thrown instanceof RollError)) throw thrown;
    return { kind: 'refused', why: thrown.message.replace(/\.$/, ''), remedy: thrown.next };
  }
}

/** Checks the permissions of what a roll reads. First, because every other check depends on them. */
async function checkReadPermissions({ cloudInspection }: DoctorEngine): Promise<readonly CheckResult[]> {
  const wanted = listReadPermissions();
  return checkPermissions(wanted, { probed: await cloudInspection.probeReads(wanted.map(({ action }) => action)) });
}

/** Checks the permissions of what a roll of this group changes. */
async function checkChangePermissions(
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
    createsGroup: strategyOf(intent).createdGroupOf(intent) !== undefined,
    newGroupActions: wanted.filter(({ scope }) => scope === 'new-group').map(({ action }) => action),
    // Not the new group of this intent: in place, and once a roll has begun, it exists, and probes must not touch it.
    unusedName: buildRollName(intent.cluster, newRollId()),
    launchTemplate: launchTemplate && { id: launchTemplate.id, version: launchTemplate.version },
    imageId: intent.imageId,
    subnet: old.subnets[0],
    instanceId: old.instanceIds[0],
    balancer: old.balancers[0],
    targetGroup: old.targetGroups[0],
  };
  const probed = await cloudInspection.probeChanges(
    wanted.map(({ action }) => action),
    targets,
  );
  const uncertain = findUncertain(wanted, probed);
  if (uncertain.length === 0) return checkPermissions(wanted, { probed });
  const [simulated, onOldGroup] = await Promise.all([
    cloudInspection.simulatePolicies(uncertain, targets),
    // A probe resumes a process that is active; a roll may be about to suspend it.
    resumed ? [] : cloudInspection.probeOldGroupChanges(listRefused(probed), targets),
  ]);
  return checkPermissions(wanted, { probed, simulated, onOldGroup, createsGroup: targets.createsGroup });
}

function listRefused(probed: readonly IamPermissionResult[]): readonly string[] {
  return probed.filter(({ allowed }) => allowed === false).map(({ action }) => action);
}

/** What a roll needs of AWS and Consul, and the reads that only doctor needs. */
export interface DoctorEngine extends Engine {
  readonly cloudInspection: CloudInspection;
  readonly consulInspection: ConsulInspection;
  /** Whether Consul's HTTP API is called over TLS. */
  readonly encrypted: boolean;
}
