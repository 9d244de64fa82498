import type { Engine } from '../engine.js';
import { sentinelKey } from '../model/keys.js';
import { type Leadership, leadershipOf } from '../model/leadership.js';
import { type Agent, hostOf, type Server } from '../model/server.js';
import { type Facts, type History, NO_HISTORY, type Raft, type Survey } from '../model/survey.js';
import type { CloudLook } from '../ports.js';
import { joinPeers, serversFrom } from './join.js';

/** What to look at. */
export interface Scene {
  readonly cluster: string;
  readonly oldGroup: string;
  /** The name the new group has, or would have. */
  readonly newGroup: string | undefined;
  readonly templates: readonly string[];
  readonly balancers: readonly string[];
  /** Read once, handed on from look to look. */
  readonly facts: Facts | undefined;
}

/**
 * One look: every read, joined into one value. AWS first, then every server on its own address, then the leader
 * they name. `previous` tells whom to ask for the commit index before the servers are asked what they applied.
 *
 * @throws what the cloud throws; a server that does not answer is an answer
 */
export async function takeSurvey(
  engine: Engine,
  scene: Scene,
  previous: Survey | undefined,
): Promise<Survey> {
  const cloud = await lookAtCloud(engine, scene);
  const asked = await askServers(engine, scene, serversFrom(cloud, scene), previous?.raft?.leader);
  const raft = await askLeader(engine, scene, asked);
  const history: History = previous?.history ?? NO_HISTORY;
  return {
    atMs: engine.clock.now(),
    cluster: scene.cluster,
    old: cloud.groups.find((group) => group.name === scene.oldGroup),
    new: cloud.groups.find((group) => group.name === scene.newGroup),
    servers: joinPeers(asked.servers, raft?.peers ?? []),
    raft,
    templates: cloud.templates,
    drainingMs: cloud.drainingMs,
    facts: scene.facts,
    history,
  };
}

function lookAtCloud({ cloud }: Engine, scene: Scene): Promise<CloudLook> {
  const names = scene.newGroup === undefined ? [scene.oldGroup] : [scene.oldGroup, scene.newGroup];
  return cloud.look(names, scene.templates, scene.balancers);
}

interface Asked {
  readonly servers: readonly Server[];
  readonly leadership: Leadership;
  readonly commitIndex: number | undefined;
}

/** Asks twice when the leader is not who it was: its commit index must be read before what the others applied. */
async function askServers(
  engine: Engine,
  scene: Scene,
  silent: readonly Server[],
  expected: string | undefined,
): Promise<Asked> {
  const commitIndex = await commitIndexOf(engine, expected);
  const servers = await askEach(engine, scene, silent);
  const leadership = leadershipOf(servers);
  const surprise = leadership.kind === 'agreed' && leadership.leader !== expected;
  return surprise ? askAgain(engine, scene, silent, leadership.leader) : { servers, leadership, commitIndex };
}

async function askAgain(
  engine: Engine,
  scene: Scene,
  silent: readonly Server[],
  leader: string,
): Promise<Asked> {
  const commitIndex = await commitIndexOf(engine, leader);
  const servers = await askEach(engine, scene, silent);
  const leadership = leadershipOf(servers);
  const same = leadership.kind === 'agreed' && leadership.leader === leader;
  return { servers, leadership, commitIndex: same ? commitIndex : undefined };
}

async function commitIndexOf({ consul }: Engine, leader: string | undefined): Promise<number | undefined> {
  return leader === undefined ? undefined : consul.commitIndex(hostOf(leader));
}

async function askEach(
  { consul }: Engine,
  scene: Scene,
  servers: readonly Server[],
): Promise<readonly Server[]> {
  const key = sentinelKey(scene.cluster);
  const agents = await Promise.all(servers.map(({ address }) => ask(address, key)));
  return servers.map((server, n) => ({ ...server, agent: agents[n] ?? server.agent }));

  async function ask(address: string | undefined, sentinel: string): Promise<Agent | undefined> {
    return address === undefined ? undefined : consul.ask(address, sentinel);
  }
}

async function askLeader({ consul }: Engine, scene: Scene, asked: Asked): Promise<Raft | undefined> {
  const { leadership, commitIndex } = asked;
  if (leadership.kind !== 'agreed') return undefined;
  const report = await consul.askLeader(hostOf(leadership.leader), sentinelKey(scene.cluster));
  if (report === undefined) return undefined;
  const { peers, failureTolerance, sentinel } = report;
  return { leader: leadership.leader, peers, commitIndex, sentinel, failureTolerance };
}
