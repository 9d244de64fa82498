import type { AutopilotSettings } from '../../src/lib/model/observation.js';
import { computeQuorum } from '../../src/lib/model/raft.js';
import { type Agent, type Peer, parseHost } from '../../src/lib/model/server.js';
import type { CloudInstance, Consul, LeaderReport } from '../../src/lib/ports.js';
import type { FakeClock } from './fake-clock.js';
import type { InstanceListener } from './fake-cloud.js';

/** Times of the made-up Consul, in milliseconds; those of leaving are as measured on 1.8.7. */
const JOIN_MS = 1000;
const PROMOTE_MS = 10_000;
const ELECTION_MS = 2000;
const OUT_OF_RAFT_MS = 5000;
const SHUT_DOWN_MS = 14_000;

interface Node {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly version: string;
  up: boolean;
  /** In the Raft configuration, and as what. */
  role: 'none' | 'non-voter' | 'voter';
}

/** Consul servers in memory: one leader while a majority of the voters is up, and nobody for good when it is not. */
export class FakeConsul implements Consul, InstanceListener {
  /** Servers of these images never start Consul. */
  readonly brokenImages = new Set<string>();
  readonly store = new Map<string, { readonly value: string; readonly modifyIndex: number }>();
  readonly nodes: Node[] = [];
  readonly #clock: FakeClock;
  readonly #call: (name: string, ...about: unknown[]) => void;
  #leader: Node | undefined;
  #index = 100;

  constructor(clock: FakeClock, call: (name: string, ...about: unknown[]) => void) {
    this.#clock = clock;
    this.#call = call;
  }

  /** Puts a voter there, as if it had always been; the first leads. */
  seed({ instanceId, address }: CloudInstance): void {
    const node = this.#node(instanceId, address ?? '');
    node.role = 'voter';
    this.#leader ??= node;
  }

  booted({ instanceId, address, imageId }: CloudInstance): void {
    if (this.brokenImages.has(imageId)) return;
    const node = this.#node(instanceId, address ?? '');
    this.#clock.after(JOIN_MS, () => this.#promote(node, 'non-voter'));
    this.#clock.after(JOIN_MS + PROMOTE_MS, () => this.#promote(node, 'voter'));
  }

  killed({ address }: CloudInstance): void {
    const node = this.nodes.find((one) => one.address === address);
    if (node !== undefined) this.#down(node);
  }

  async readAgent(address: string, key: string): Promise<Agent> {
    const node = this.nodes.find((one) => one.address === address);
    if (!node?.up) return { kind: 'down', why: 'refused', detail: `nothing listens on ${address}:8500` };
    const member = node.role !== 'none';
    return {
      kind: 'up',
      nodeId: node.id,
      nodeName: node.name,
      version: node.version,
      leader: member && this.#leader ? `${this.#leader.address}:8300` : '',
      peers: member ? this.#members().map((one) => `${one.address}:8300`) : [],
      appliedIndex: member ? this.#index : 0,
      sentinel: member ? this.store.get(key)?.value : undefined,
    };
  }

  async readLeader(address: string, key: string): Promise<LeaderReport | undefined> {
    if (this.#leader?.address !== address) return undefined;
    const peers = this.#members().map((node) => this.#peer(node));
    const voters = peers.filter((peer) => peer.voter);
    const healthy = voters.filter((peer) => peer.healthy).length;
    const failureTolerance = Math.max(0, healthy - computeQuorum(voters.length));
    return { peers, failureTolerance, sentinel: this.store.get(key)?.value };
  }

  async readCommitIndex(address: string): Promise<number | undefined> {
    return this.#leader?.address === address ? this.#index : undefined;
  }

  async readAutopilot(): Promise<AutopilotSettings | undefined> {
    return undefined;
  }

  async requestLeave(address: string): Promise<void> {
    this.#call('requestLeave', address);
    const node = this.nodes.find((one) => one.address === address);
    if (node === undefined) throw new Error(`nobody is at ${address}`);
    this.#clock.after(OUT_OF_RAFT_MS, () => this.#strike(node));
    this.#clock.after(SHUT_DOWN_MS, () => this.#down(node));
  }

  async removePeer(_address: string, peerId: string): Promise<void> {
    this.#call('removePeer', peerId);
    const node = this.nodes.find((one) => one.id === peerId);
    if (node !== undefined) this.#strike(node);
  }

  async transferLeadership(_address: string, peerId: string): Promise<'asked'> {
    this.#call('transferLeadership', peerId);
    const heir = this.nodes.find((one) => one.id === peerId);
    this.#clock.after(ELECTION_MS, () => {
      if (heir?.up) this.#leader = heir;
    });
    return 'asked';
  }

  async writeKey(address: string, key: string, value: string): Promise<void> {
    this.#call('writeKey', key, value);
    this.#write(address, key, value);
  }

  async deleteKey(_address: string, key: string): Promise<void> {
    this.#call('deleteKey', key);
    this.store.delete(key);
  }

  async takeSnapshot(): Promise<Uint8Array> {
    this.#call('takeSnapshot');
    return new Uint8Array(7);
  }

  async readKey(_address: string, key: string) {
    return this.store.get(key) ?? { value: undefined, modifyIndex: 0 };
  }

  async compareAndSet(address: string, key: string, value: string, modifyIndex: number): Promise<boolean> {
    if (!isJournal(key)) this.#call('compareAndSet', key);
    if ((this.store.get(key)?.modifyIndex ?? 0) !== modifyIndex) return false;
    this.#write(address, key, value);
    return true;
  }

  async compareAndDelete(_address: string, key: string, modifyIndex: number): Promise<boolean> {
    this.#call('compareAndDelete', key);
    return this.store.get(key)?.modifyIndex === modifyIndex && this.store.delete(key);
  }

  async close(): Promise<void> {}

  /** Ends a server where it stands, as a power cut does. */
  crash(address: string): void {
    const node = this.nodes.find((one) => one.address === address);
    if (node !== undefined) this.#down(node);
  }

  /** Starts it again, still a member. */
  restart(address: string): void {
    const node = this.nodes.find((one) => one.address === address);
    if (node !== undefined) node.up = true;
  }

  get leader(): string | undefined {
    return this.#leader?.name;
  }

  /** The keys but the journal, which stays after a roll. */
  get keys(): string[] {
    return [...this.store.keys()].filter((key) => !isJournal(key));
  }

  #write(address: string, key: string, value: string): void {
    if (this.#leader?.address !== parseHost(address)) throw new Error(`${address} does not lead`);
    this.#index += 1;
    this.store.set(key, { value, modifyIndex: this.#index });
  }

  #node(name: string, address: string): Node {
    const node: Node = { id: `raft-${name}`, name, address, version: '1.20.2', up: true, role: 'none' };
    this.nodes.push(node);
    return node;
  }

  #members(): Node[] {
    return this.nodes.filter((node) => node.role !== 'none').sort((a, b) => a.address.localeCompare(b.address));
  }

  #peer(node: Node): Peer {
    return {
      id: node.id,
      node: node.name,
      address: `${node.address}:8300`,
      leader: node === this.#leader,
      voter: node.role === 'voter',
      healthy: node.up,
    };
  }

  #promote(node: Node, role: 'non-voter' | 'voter'): void {
    if (node.up && this.#leader !== undefined) node.role = role;
  }

  #down(node: Node): void {
    node.up = false;
    this.#elect();
  }

  #strike(node: Node): void {
    node.role = 'none';
    this.#elect();
  }

  /** A leader that went, or lost its majority, leads no more; where a majority is up, it elects another. */
  #elect(): void {
    const voters = this.nodes.filter((node) => node.role === 'voter');
    const alive = voters.filter((node) => node.up);
    const majority = alive.length >= computeQuorum(voters.length);
    if (majority && this.#leader !== undefined && alive.includes(this.#leader)) return;
    this.#leader = undefined;
    const heir = alive.at(-1);
    if (!majority || heir === undefined) return;
    this.#clock.after(ELECTION_MS, () => {
      this.#leader ??= heir;
    });
  }
}

/** Written beside the roll: its calls are left out, as reads are. */
function isJournal(key: string): boolean {
  return key.endsWith('/journal');
}
