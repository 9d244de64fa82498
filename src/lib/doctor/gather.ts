import type { Beginning } from '../begin.js';
import { RollError } from '../errors.js';
import { readLock } from '../lock.js';
import type { Evidence, ServerSettings, Snapshot } from '../model/evidence.js';
import { hostOf } from '../model/server.js';
import type { DoctorEngine } from './engine.js';

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
