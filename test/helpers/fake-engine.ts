import type { Engine } from '../../src/lib/engine/engine.js';
import { executeRoll } from '../../src/lib/engine/run/roll.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import type { Group } from '../../src/lib/model/group.js';
import type { RollResult } from '../../src/lib/model/outcome.js';
import type { ResumeOptions, RollbackOptions, RollOptions, UpgradeOptions } from '../../src/lib/model/plan.js';
import type { Clock, Cloud, CloudInstance, Consul } from '../../src/lib/ports.js';
import { AwsFault } from '../../src/sandbox/aws/fault.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import type { ServerStart } from '../../src/sandbox/consul/operations/start.js';
import type { ImageBehaviour, SandboxImage, Traffic } from '../../src/sandbox/interfaces.js';
import { Chance } from '../simulation/chance.js';
import { CallFaults } from '../simulation/faults/calls.js';
import { buildHarness, type Harness } from '../simulation/harness.js';
import type { Oracle } from '../simulation/oracle.js';
import { CallRunner, type CallSupervisor } from '../simulation/ports/call-runner.js';
import { createVirtualClock } from '../simulation/ports/clock.js';
import { SimulatedCloud } from '../simulation/ports/cloud.js';
import { describeCluster } from '../simulation/ports/cloud-reads.js';
import { SimulatedConsul } from '../simulation/ports/consul.js';
import { SimulatedProcess } from '../simulation/ports/process.js';
import type { Scenario } from '../simulation/scenario.js';
import { limits } from './intents.js';
import { NEW_IMAGE, OLD_IMAGE } from './servers.js';

/** What a test may change about the healthy cluster it starts from. */
export type ClusterChange = Partial<
  Pick<
    Scenario,
    'launches' | 'lagMs' | 'cleanup' | 'from' | 'onto' | 'adversary' | 'victimIsOlder' | 'rolledBefore' | 'suspended'
  >
>;

/** The account as it is now, whatever a roll has observed. */
export interface AccountState {
  readonly groups: readonly Group[];
  readonly instances: readonly CloudInstance[];
  readonly launchConfigurations: readonly { readonly name: string; readonly imageId: string | undefined }[];
  readonly launchTemplates: readonly {
    readonly id: string;
    readonly name: string;
    readonly defaultVersion: number;
    readonly versions: readonly {
      readonly number: number;
      readonly imageId: string | undefined;
      readonly mark: string;
    }[];
  }[];
}

/** A server of the Raft configuration. */
interface SimulatedPeer {
  readonly id: string;
  readonly instanceId: string | undefined;
  readonly address: string;
  readonly voter: boolean;
  readonly up: boolean;
}

/** What a test sees of the Consul cluster, and does to it, besides the port. */
export interface ConsulAccess {
  /** Address of the leader; empty where there is none. */
  readonly leader: string;
  readonly peers: readonly SimulatedPeer[];
  /** All keys except the journal and the history, which stay after a roll. */
  readonly keys: readonly string[];
  /** The committed value of a key. */
  get(key: string): { readonly value: string; readonly modifyIndex: number } | undefined;
  /** Writes a key as another client would: the call is not recorded. */
  put(key: string, value: string): Promise<void>;
  /** Kills the process of a server, which stays down. */
  crash(address: string): void;
  /** Starts it again, still a member, if its instance still runs. */
  restart(address: string): void;
  /** Servers launched from now on have this node id. */
  giveNodeId(nodeId: string): void;
}

/** A cluster in the simulator under its virtual clock, and an engine that rolls it. */
export interface FakeEngine extends Engine {
  readonly clock: Clock & { after(ms: number, run: () => void): void };
  /** The calls of the ports so far, reads of Consul and writes of the journal left out: `terminate i-0a12`. */
  readonly calls: string[];
  readonly world: Harness['environment']['aws'];
  /** Name of the group, launch configuration and load balancer that the cluster starts with. */
  readonly names: { readonly group: string; readonly launchConfiguration: string; readonly balancer: string };
  readonly account: AccountState;
  readonly servers: ConsulAccess;
  /** Of the next roll. */
  rollId: string;
  /** Throws in place of a call: called with what is put into `calls`. */
  injectFault: (call: string) => void;
  /** Changes what instances of an image do, or adds the image. */
  setImage(imageId: string, behaviour: ImageBehaviour): void;
  /** Makes every launch fail, or lets launches succeed again. */
  setCapacity(hasCapacity: boolean): void;
  /** Servers of this side refuse to leave from now on. */
  blockLeaves(side: 'old' | 'new'): void;
  unblockLeaves(): void;
  /** Addresses that the ACL token may go to now. */
  readonly tokenRecipients: ReadonlySet<string>;
  /** Servers say nothing of themselves without the ACL token. */
  requireToken(): void;
  /** ACLs are on in old servers and off in new ones. */
  weakenImage(): void;
  /** Creates another group with the launch source of the cluster's group; empty and without tags unless told. */
  addGroup(name: string, change?: { desired?: number; tags?: Readonly<Record<string, string>> }): void;
}

const BOOT_MS = 5_000;
const DRAIN_S = 5;
const CONSUL_VERSION = '1.20.2';
/** Connections stay open, so that draining takes its whole timeout. */
const BUSY: Traffic = { openRequests: () => 1 };

function buildScenario(size: number, change: ClusterChange): Scenario {
  return {
    seed: 1,
    size,
    from: { ...getImage('consul-v1'), imageId: OLD_IMAGE, bootMs: BOOT_MS, consulVersion: CONSUL_VERSION },
    onto: { ...getImage('consul-v2'), imageId: NEW_IMAGE, bootMs: BOOT_MS, consulVersion: CONSUL_VERSION },
    surge: undefined,
    keepOld: false,
    weakens: false,
    needsToken: false,
    zoneTag: '',
    oldFounds: false,
    raftMultiplier: 1,
    inPlace: false,
    minSize: size,
    maxSize: Math.max(size, 5),
    suspended: [],
    limits,
    intervalMs: 1_000,
    writeEveryMs: 60_000,
    faults: [],
    noise: { awsReads: 0, awsEffects: 0, consulReads: 0, consulEffects: 0 },
    lagMs: 0,
    kills: [],
    leaveCalls: [],
    pauses: [],
    changesMind: false,
    forcesUnlock: false,
    flaw: undefined,
    launches: undefined,
    cleanup: true,
    neighbour: false,
    adversary: undefined,
    victimIsOlder: false,
    rolledBefore: false,
    skipCanary: false,
    hooks: undefined,
    protects: 'none',
    skewMs: 0,
    ...change,
  };
}

/** Commits the journal at once, through any server: the simulator's writes take time, which no roll waits for. */
class JournaledConsul extends SimulatedConsul {
  raft: Oracle['raft'] | undefined;

  override async compareAndSet(address: string, key: string, value: string, cas: number): Promise<boolean> {
    const { raft } = this;
    if (raft === undefined || !isJournal(key)) return super.compareAndSet(address, key, value, cas);
    const index = raft.store.keys.get(key)?.modifyIndex ?? 0;
    if (index !== cas) return false;
    const change = { value: Buffer.from(value), flags: 0 };
    raft.store.keys.set(key, change, Math.max(raft.log.lastIndex, index + 1));
    return true;
  }
}

const NO_FAULTS: CallSupervisor = {
  decideOutcome: () => ({ kind: 'done' }),
  disturbRead: () => undefined,
  onAnswer: () => undefined,
  onEffect: () => undefined,
  afterwards: () => undefined,
};

/** Of every roll. */
export const NONCE = '0123456789abcdef0123456789abcdef';

/** A healthy cluster of `size` servers on the old image, in the simulator without faults. */
export function createFakeEngine(
  size: number,
  { holder = 'ops@here 1', ...change }: ClusterChange & { readonly holder?: string } = {},
): FakeEngine {
  const scenario = buildScenario(size, change);
  const harness = buildHarness(scenario, BUSY);
  const { environment, oracle, cluster } = harness;
  environment.aws.call('elasticloadbalancing', 'ModifyLoadBalancerAttributes', {
    LoadBalancerName: cluster.loadBalancerName,
    LoadBalancerAttributes: { ConnectionDraining: { Enabled: true, Timeout: DRAIN_S } },
  });
  const process = new SimulatedProcess();
  const calls: string[] = [];
  const note = (call: string): void => {
    calls.push(call);
    engine.injectFault(call);
  };
  const { lagMs } = scenario;
  const lag = new CallFaults(environment, { ...scenario, lagMs }, new Chance(1)).lag();
  const cloud = new SimulatedCloud(new CallRunner(environment, process, NO_FAULTS, 'aws'), lag);
  const wire = new CallRunner(environment, process, NO_FAULTS, 'consul');
  const consul = new JournaledConsul(wire, () => undefined, oracle);
  consul.raft = oracle.raft;
  const clock = createVirtualClock(environment, process);
  const { groupName: group, launchConfigurationName, loadBalancerName: balancer } = cluster;
  const engine: FakeEngine = {
    cloud: recordCalls<Cloud>(cloud, note),
    consul: recordCalls<Consul>(consul, note),
    clock: { ...clock, after: (ms, run) => environment.after(ms, run) },
    files: {
      save: async (name) => ({ path: `/var/tmp/${name}`, bytes: 1_024 }),
      countFreeBytes: async () => undefined,
      findProblem: async () => undefined,
    },
    holder,
    newRollId: () => engine.rollId,
    newNonce: () => NONCE,
    close: async () => undefined,
    calls,
    world: environment.aws,
    names: { group, launchConfiguration: launchConfigurationName, balancer },
    get account() {
      return readAccount(harness);
    },
    servers: createConsulAccess(harness, (address, key, value) => consul.writeKey(address, key, value)),
    rollId: '7f3a',
    injectFault: () => undefined,
    get tokenRecipients() {
      return oracle.tokenRecipients;
    },
    requireToken: () => {
      oracle.needsToken = true;
    },
    blockLeaves: (side) => void oracle.refusingLeaves.add(side),
    unblockLeaves: () => oracle.refusingLeaves.clear(),
    weakenImage: () => {
      oracle.weakens = true;
    },
    setImage: (imageId, behaviour) => {
      const images = oracle.state.images as Map<string, SandboxImage>;
      const image = images.get(imageId) ?? { ...scenario.onto, imageId, name: 'consul-v3' };
      images.set(imageId, { ...image, behaviour });
    },
    setCapacity: (hasCapacity) => {
      oracle.state.launchFault = hasCapacity
        ? undefined
        : new AwsFault('InsufficientInstanceCapacity', 'There is not enough capacity.');
    },
    addGroup: (name, { desired = 0, tags = {} } = {}) => {
      environment.aws.call('autoscaling', 'CreateAutoScalingGroup', {
        AutoScalingGroupName: name,
        LaunchConfigurationName: launchConfigurationName,
        MinSize: 0,
        MaxSize: Math.max(desired, 5),
        DesiredCapacity: desired,
        VPCZoneIdentifier: oracle.state.network.subnets.map(({ subnetId }) => subnetId).join(','),
        Tags: Object.entries(tags).map(([Key, Value]) => {
          return { ResourceId: name, ResourceType: 'auto-scaling-group', Key, Value, PropagateAtLaunch: false };
        }),
      });
    },
  };
  return engine;
}

/** Consul reads are made several times a second and change nothing. */
const NOT_RECORDED: readonly PropertyKey[] = [
  'giveTokenTo',
  'readAgent',
  'readLeader',
  'readCommitIndex',
  'readAutopilot',
  'readConvergence',
  'probeRequest',
  'readKey',
  'close',
];

/** The port, with every call noted before it is made. A test may replace methods. */
function recordCalls<Port extends object>(port: Port, note: (call: string) => void): Port {
  const methods = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, name) {
      if (methods.has(name)) return methods.get(name);
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      const recorded = async (...args: readonly unknown[]): Promise<unknown> => {
        if (!NOT_RECORDED.includes(name) && !isJournal(args[1])) note(formatCall(String(name), args));
        return method.apply(target, args);
      };
      methods.set(name, recorded);
      return recorded;
    },
    set(_, name, method) {
      methods.set(name, method);
      return true;
    },
  });
}

const READ = /^(describe|find|read|list|count|is)[A-Z]/;

/** True for a call that changes nothing. */
export function isRead(call: string): boolean {
  return READ.test(call);
}

/** The calls that would have changed something. */
export function listWrites(engine: FakeEngine): string[] {
  return engine.calls.filter((call) => !isRead(call));
}

/** Reads by their name only; changes with their arguments. */
function formatCall(name: string, args: readonly unknown[]): string {
  if (isRead(name)) return name;
  const given = args.flat().filter((arg) => arg !== undefined);
  return [name, ...given.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)))].join(' ');
}

/** Written beside the roll. */
function isJournal(key: unknown): boolean {
  return typeof key === 'string' && /\/(journal|history)$/.test(key);
}

function readAccount({ oracle: { state, balancer } }: Harness): AccountState {
  const configurations = [...state.launchConfigurations.values()];
  const { groups, instances } = describeCluster(state, [...state.groups.keys()], [], [balancer]);
  return {
    groups,
    instances,
    launchConfigurations: configurations.map(({ LaunchConfigurationName = '', ImageId }) => {
      return { name: LaunchConfigurationName, imageId: ImageId };
    }),
    launchTemplates: [...state.launchTemplates.values()].map(({ templateId, name, defaultVersion, versions }) => ({
      id: templateId,
      name,
      defaultVersion,
      versions: [...versions.values()].map(({ VersionNumber = 0, LaunchTemplateData, VersionDescription = '' }) => {
        return { number: VersionNumber, imageId: LaunchTemplateData?.ImageId, mark: VersionDescription };
      }),
    })),
  };
}

/** Crashes that last: the supervisor of an instance would start its server again after a second. */
function createCrashes({
  oracle,
  environment: { net },
}: Harness): Pick<ConsulAccess, 'crash' | 'restart' | 'giveNodeId'> {
  const start = net.start.bind(net);
  const crashed = new Map<string, ServerStart | undefined>();
  let nodeId: string | undefined;
  net.start = (server) => {
    if (crashed.has(server.address)) crashed.set(server.address, server);
    else start({ ...server, ...(nodeId === undefined ? {} : { nodeId }) });
  };
  return {
    giveNodeId: (id) => {
      nodeId = id;
    },
    crash: (address) => {
      crashed.set(address, undefined);
      net.kill(address);
    },
    restart: (address) => {
      const server = crashed.get(address);
      crashed.delete(address);
      const isRunning = [...oracle.state.instances.values()].some(
        (instance) => instance.address === address && instance.state === 'running',
      );
      if (server !== undefined && isRunning) start(server);
    },
  };
}

function createConsulAccess(
  harness: Harness,
  write: (address: string, key: string, value: string) => Promise<void>,
): ConsulAccess {
  const { oracle } = harness;
  const { keys } = oracle.raft.store;
  return {
    get leader() {
      return oracle.leader?.address ?? '';
    },
    get peers() {
      return oracle.peers.map((peer) => ({
        id: peer.id,
        instanceId: oracle.serverOf(peer)?.nodeName,
        address: peer.host,
        voter: peer.voter,
        up: oracle.isUp(peer),
      }));
    },
    get keys() {
      return keys
        .list('')
        .entries.map(({ key }) => key)
        .filter((key) => !isJournal(key));
    },
    get(key) {
      const entry = keys.get(key);
      return entry && { value: entry.value.toString(), modifyIndex: entry.modifyIndex };
    },
    put: (key, value) => write(oracle.leader?.address ?? '', key, value),
    ...createCrashes(harness),
  };
}

/** What is different in an order: of an upgrade unless it says otherwise. */
export type OrderChange =
  | Partial<UpgradeOptions>
  | ({ readonly kind: 'resume' } & Partial<ResumeOptions>)
  | ({ readonly kind: 'rollback' } & Partial<RollbackOptions>);

/** The usual order. */
export function buildOrder(change: OrderChange = {}): RollOptions {
  const run = { cluster: 'consul', group: undefined, limits, intervalMs: 5_000, lockTtlMs: 30_000, forceUnlock: false };
  if (change.kind === 'resume') return { ...run, imageId: undefined, ...change };
  if (change.kind === 'rollback') return { ...run, allowDowngrade: false, ...change };
  const upgrade = { surge: undefined, strategy: 'beside', launchSource: 'auto', keepOld: false } as const;
  return { kind: 'upgrade', imageId: NEW_IMAGE, ...run, ...upgrade, ...change };
}

/** How a run is interfered with. */
export interface FakeRunOptions {
  readonly order?: OrderChange;
  readonly signal?: AbortSignal;
  readonly pauseRequested?: () => boolean;
  readonly pausing?: AbortSignal;
  /** Sees every event as it is told. */
  readonly onEvent?: (event: RollEvent) => void;
}

/** Runs a roll to its end, and tells what it said. */
export async function runRoll(
  engine: Engine,
  interference: FakeRunOptions = {},
): Promise<{ result: RollResult; events: RollEvent[] }> {
  const {
    order,
    signal = new AbortController().signal,
    pausing,
    pauseRequested = () => pausing?.aborted === true,
    onEvent,
  } = interference;
  const events: RollEvent[] = [];
  const emit = (event: RollEvent) => {
    events.push(event);
    onEvent?.(event);
  };
  const result = await executeRoll(engine, buildOrder(order), emit, {
    signal,
    isPauseRequested: pauseRequested,
    ...(pausing && { pauseSignal: pausing }),
  });
  return { result, events };
}
