import type {
  Evidence,
  Examination,
  Finding,
  Permitted,
  ProbedThings,
  ServerSettings,
  Snapshot,
} from '../../model/doctor.js';
import { RollError } from '../../model/errors.js';
import { isInPlace } from '../../model/intent.js';
import { launchTemplateOf } from '../../model/launch-source.js';
import { EXIT } from '../../model/outcome.js';
import type { Order } from '../../model/plan.js';
import { hostOf } from '../../model/server.js';
import type { CloudInspection, ConsulInspection } from '../../ports.js';
import type { Engine } from '../engine.js';
import { locate } from '../observe/find-cluster.js';
import { readLock } from '../run/lock.js';
import { type Beginning, begin } from '../run/start.js';
import { examine } from './examine.js';
import { changingPermissions, doubtfulOnes, examinePermissions, readingPermissions } from './permissions.js';

/**
 * Every check before a roll, each by name. What cannot be read is a finding too, so this throws only for a bug.
 * Where the order names no image, the one that the group launches today stands for it. Changes nothing.
 */
export async function doctor(
  engine: DoctorEngine,
  order: Order,
  { permissions }: { readonly permissions: boolean } = { permissions: true },
): Promise<Examination> {
  const credentials = await examineCredentials(engine);
  const about = aboutOf(order);
  if (credentials.verdict === 'fail') return { ...about, findings: [credentials] };
  const reading = permissions ? await examineReading(engine) : [];
  try {
    const begun = await begin(engine, await withImage(engine, order));
    const changing = permissions ? await examineChanging(engine, begun) : [];
    const findings = [...changing, ...examine(await gather(engine, begun), order.limits)];
    const { intent, survey } = begun;
    const found = { group: intent.oldGroup, imageId: intent.imageId, servers: survey.servers.length };
    return { ...about, ...found, findings: [credentials, ...reading, ...findings] };
  } catch (thrown) {
    const unread = findingOf('cluster can be examined', thrown);
    return { ...about, findings: [credentials, ...reading, unread] };
  }
}

function aboutOf({ cluster, group, imageId }: Order): Omit<Examination, 'findings'> {
  return { cluster, group, imageId, imageAsked: imageId !== undefined, servers: 0 };
}

async function examineCredentials({ cloudInspection }: DoctorEngine): Promise<Finding> {
  try {
    const saw = await cloudInspection.caller();
    return { check: 'credentials', verdict: 'pass', saw, remedy: undefined };
  } catch (thrown) {
    return findingOf('credentials', thrown);
  }
}

async function withImage({ cloud }: DoctorEngine, order: Order): Promise<Order> {
  if (order.imageId !== undefined) return order;
  const { old, recorded } = await locate(cloud, order.cluster, order.group);
  if (recorded !== undefined) return order;
  if (old?.imageId !== undefined) return { ...order, imageId: old.imageId };
  throw new RollError({
    code: 'image-unknown',
    message: `AWS does not say which image ${old?.name} launches.`,
    exitCode: EXIT.refused,
    next: 'name the image to roll onto with --ami',
  });
}

/** An error a person can act on, as a check that fails. */
function findingOf(check: string, thrown: unknown): Finding {
  if (!(thrown instanceof RollError)) throw thrown;
  return { check, verdict: 'fail', saw: thrown.message.replace(/\.$/, ''), remedy: thrown.next };
}

type Asked = Pick<Evidence, 'raftProtocols' | 'members' | 'rights' | 'snapshot' | 'lock'>;

const NOBODY_LEADS: Asked = {
  raftProtocols: [],
  members: undefined,
  rights: [],
  snapshot: undefined,
  lock: 'unknown',
};

/** Everything the checks want to know, asked side by side. Changes nothing. */
export async function gather(
  engine: DoctorEngine,
  { survey, intent, scene, resumed }: Beginning,
): Promise<Evidence> {
  const leader = survey.raft && hostOf(survey.raft.leader);
  const [classicChecks, network, settings, asked] = await Promise.all([
    engine.cloudInspection.classicChecks(scene.balancers),
    engine.cloudInspection.network(
      survey.servers.map(({ instanceId }) => instanceId),
      intent.oldGroup,
    ),
    settingsOf(engine, survey),
    leader === undefined ? NOBODY_LEADS : askLeader(engine, leader, survey.cluster),
  ]);
  return {
    survey,
    intent,
    underWay: resumed,
    classicChecks,
    network,
    settings,
    encrypted: engine.encrypted,
    ...asked,
  };
}

async function settingsOf(
  { consulInspection }: DoctorEngine,
  { servers }: Evidence['survey'],
): Promise<Record<string, ServerSettings>> {
  const up = servers.filter(({ agent }) => agent.kind === 'up');
  const asked = await Promise.all(
    up.map(async ({ instanceId, address = '' }) => {
      const settings = await consulInspection.settings(address);
      return settings === undefined ? [] : [[instanceId, settings] as const];
    }),
  );
  return Object.fromEntries(asked.flat());
}

async function askLeader(engine: DoctorEngine, leader: string, cluster: string): Promise<Asked> {
  const { consulInspection: inspection } = engine;
  const [raftProtocols, members, rights, snapshot, lock] = await Promise.all([
    inspection.raftProtocols(leader),
    inspection.members(leader),
    inspection.rights(leader, cluster),
    tryASnapshot(engine, leader),
    readLock(engine, cluster, leader).catch(unlessDenied),
  ]);
  return { raftProtocols, members, rights, snapshot, lock };
}

/** A token that may not read it is told of by the checks of its rights. */
function unlessDenied(thrown: unknown): 'unknown' {
  if (thrown instanceof RollError && thrown.code === 'acl-denied') return 'unknown';
  throw thrown;
}

async function tryASnapshot({ consul }: DoctorEngine, leader: string): Promise<Snapshot> {
  try {
    return { kind: 'taken', bytes: (await consul.snapshot(leader)).length };
  } catch (thrown) {
    if (!(thrown instanceof RollError)) throw thrown;
    return { kind: 'refused', why: thrown.message.replace(/\.$/, ''), remedy: thrown.next };
  }
}

/** Whether everything can be read that a roll reads; asked first, for without it nothing else can be told. */
export async function examineReading({ cloudInspection }: DoctorEngine): Promise<readonly Finding[]> {
  const wanted = readingPermissions();
  return examinePermissions(wanted, {
    tried: await cloudInspection.mayRead(wanted.map(({ action }) => action)),
  });
}

/** Whether everything may be changed that a roll of this group changes. */
export async function examineChanging(
  { cloudInspection, newRollId }: DoctorEngine,
  { survey, intent, resumed }: Beginning,
): Promise<readonly Finding[]> {
  const { old } = survey;
  if (old === undefined) return [];
  const wanted = changingPermissions(old, intent);
  const use = launchTemplateOf(old.template);
  const things: ProbedThings = {
    oldGroup: old.name,
    suspended: old.suspended,
    makesGroup: !isInPlace(intent),
    // Never the new group of this intent: in place, and once a roll has begun, it is there, and nothing is tried on it.
    unusedName: `${intent.cluster}-${newRollId()}`,
    launchTemplate: use && { id: use.id, version: use.version },
    imageId: intent.imageId,
    subnet: old.subnets[0],
    balancer: old.balancers[0],
    targetGroup: old.targetGroups[0],
  };
  const tried = await cloudInspection.mayChange(
    wanted.map(({ action }) => action),
    things,
  );
  const doubtful = doubtfulOnes(wanted, tried);
  if (doubtful.length === 0) return examinePermissions(wanted, { tried });
  const [simulated, onOldGroup] = await Promise.all([
    cloudInspection.simulated(doubtful, things),
    // Nothing is resumed, not even what runs, that a roll may be about to suspend.
    resumed ? [] : cloudInspection.mayChangeOldGroup(refusedOnes(tried), things),
  ]);
  return examinePermissions(wanted, { tried, simulated, onOldGroup, inPlace: !things.makesGroup });
}

function refusedOnes(tried: readonly Permitted[]): readonly string[] {
  return tried.filter(({ allowed }) => allowed === false).map(({ action }) => action);
}

/** What a roll needs of the outside, and what only an examination asks. */
export interface DoctorEngine extends Engine {
  readonly cloudInspection: CloudInspection;
  readonly consulInspection: ConsulInspection;
  /** Whether the servers are asked over TLS. */
  readonly encrypted: boolean;
}
