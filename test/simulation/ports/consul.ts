import { Readable } from 'node:stream';
import type { StateNames } from '../../../src/lib/model/comparison.js';
import { CONVERGENCE_KINDS, type ConvergenceState } from '../../../src/lib/model/convergence.js';
import { messageOf, RollError } from '../../../src/lib/model/errors.js';
import type { AutopilotSettings } from '../../../src/lib/model/observation.js';
import type { RollKeys } from '../../../src/lib/model/record.js';
import type { Agent, AgentDown, AgentUp, GossipMember } from '../../../src/lib/model/server.js';
import type { Consul, LeaderReport, ProbedRequest, ProbeResult } from '../../../src/lib/ports.js';
import type { ReplyCallback } from '../../../src/sandbox/consul/answers.js';
import type { ConsulNetwork } from '../../../src/sandbox/consul/network.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { CallRunner } from './call-runner.js';
import {
  awaitReply,
  CHANGE_LIMIT_MS,
  canTransferLeadership,
  listState,
  readAgent,
  readAtOnce,
  readAutopilot,
  readClaims,
  readCommitIndex,
  readConsistently,
  readLeader,
  readMembers,
} from './consul-reads.js';

/** Why a server does not answer; undefined if it does. */
export type Disguise = (address: string) => AgentDown['why'] | undefined;

/** How the servers are configured, by address. */
export interface ServerSettings {
  refusesToLeave(address: string): boolean;
  hasAcls(address: string): boolean;
  /** What the leader reports of Raft is one read old. */
  areReportsStale(): boolean;
  /** They say nothing of themselves without the ACL token. */
  readonly needsToken: boolean;
  /** `redundancy_zone_tag` of autopilot; empty for none. */
  readonly zoneTag: string;
  /** Called with those that may get the token. */
  noteTokenRecipients(addresses: ReadonlySet<string>): void;
  /** What others have in the cluster. */
  readOthers(): ConvergenceState;
}

/** The Consul port over the simulated network, called directly. */
export class SimulatedConsul implements Consul {
  readonly #runner: CallRunner;
  readonly #getAnswerFault: Disguise;

  readonly #settings: ServerSettings;

  #lastReport: { readonly address: string; readonly report: LeaderReport } | undefined;
  #recipients: ReadonlySet<string> = new Set();

  constructor(
    runner: CallRunner,
    getAnswerFault: Disguise,
    settings: ServerSettings = {
      refusesToLeave: () => false,
      hasAcls: () => true,
      areReportsStale: () => false,
      needsToken: false,
      zoneTag: '',
      noteTokenRecipients: () => undefined,
      readOthers: () => ({ found: {}, unread: {} }),
    },
  ) {
    this.#runner = runner;
    this.#getAnswerFault = getAnswerFault;
    this.#settings = settings;
  }

  giveTokenTo(addresses: Iterable<string>): void {
    this.#recipients = new Set(addresses);
    this.#settings.noteTokenRecipients(this.#recipients);
  }

  async readAgent(address: string, sentinelKey: string): Promise<Agent> {
    const why = this.#getAnswerFault(address);
    if (why === 'denied') throw deniedError(address);
    if (why !== undefined) return { kind: 'down', why, detail: 'as the simulation wants it' };
    const { process, environment } = this.#runner;
    if (process.dead) return process.hang();
    const agent = readAgent(environment, address, sentinelKey);
    if (this.#isWithheldFrom(address) && agent.kind === 'up') {
      const { leader, peers } = agent;
      return { kind: 'down', why: 'broken', detail: 'it gets no ACL token', leader, peers };
    }
    return agent.kind === 'up' ? { ...agent, security: { 'acl.enabled': this.#settings.hasAcls(address) } } : agent;
  }

  async readLeader(address: string, keys: RollKeys): Promise<LeaderReport | undefined> {
    if (this.#getAnswerFault(address) === 'denied') throw deniedError(address);
    const report = await this.#read(address, (environment) => readLeader(environment, address, keys));
    const last = this.#lastReport;
    this.#lastReport = report && { address, report };
    return report !== undefined && last?.address === address && this.#settings.areReportsStale()
      ? { ...report, peers: last.report.peers }
      : report;
  }

  readCommitIndex(address: string): Promise<number | undefined> {
    return this.#read(address, (environment) => readCommitIndex(environment, address));
  }

  readAutopilot(address: string): Promise<AutopilotSettings | undefined> {
    return this.#read(address, (environment) => {
      const settings = readAutopilot(environment, address);
      return settings && { ...settings, redundancyZoneTag: this.#settings.zoneTag };
    });
  }

  async probeRequest(address: string, request: ProbedRequest): Promise<ProbeResult | undefined> {
    if (this.#isHidden(address)) return undefined;
    if (request === 'remove-peer' || !this.#settings.refusesToLeave(address)) return 'accepted';
    return { message: LEAVE_BLOCKED, remedy: 'unblock it' };
  }

  requestLeave(address: string): Promise<void> {
    const leave = (): void => {
      if (this.#settings.refusesToLeave(address)) throw deniedError(address, LEAVE_BLOCKED);
      let refused = this.#isHidden(address) ? 'no answer' : undefined;
      // The answer comes when the server has left; only a refusal comes at once.
      if (refused === undefined) {
        this.#runner.environment.net.leave(address, (answer) => {
          if (!answer.ok && answer.message === 'connection refused') refused = answer.message;
        });
      }
      if (refused === undefined) return;
      const code = refused === 'no answer' ? 'consul-unreachable' : 'consul-not-running';
      throw unreachableError(address, `leave: ${refused}`, code);
    };
    return this.#runner.change({ kind: 'leave', address }, leave, undefined);
  }

  removePeer(address: string, peerId: string): Promise<void> {
    const remove = (): void => {
      try {
        this.#insist<void>(address, 'remove peer', (net, reply) => net.removePeer(address, { id: peerId }, reply));
      } catch (error) {
        if (!/was not found in the Raft configuration/.test(messageOf(error))) throw error;
      }
    };
    return this.#runner.change({ kind: 'remove-peer', peerId }, remove, undefined);
  }

  readMembers(address: string): Promise<readonly GossipMember[] | undefined> {
    return this.#read(address, (environment) => readMembers(environment, address));
  }

  forgetMember(address: string, node: string): Promise<void> {
    const forget = (): void => {
      try {
        this.#insist<void>(address, 'forget', (net, reply) => net.forceLeave(address, node, { prune: true }, reply));
      } catch (error) {
        if (!/No node found/.test(messageOf(error))) throw error;
      }
    };
    return this.#runner.change({ kind: 'other', what: `forget-member ${node}` }, forget, undefined);
  }

  transferLeadership(address: string, peerId: string): Promise<'asked' | 'unsupported'> {
    const transfer = (): 'asked' | 'unsupported' => {
      if (!canTransferLeadership(this.#runner.environment, address)) return 'unsupported';
      this.#insist<void>(address, 'hand over', (net, reply) => net.transferLeadership(address, peerId, reply));
      return 'asked';
    };
    return this.#runner.change<'asked' | 'unsupported'>({ kind: 'transfer-leadership', peerId }, transfer, 'asked');
  }

  async writeKey(address: string, key: string, value: string): Promise<void> {
    await this.#write(address, `put ${key}`, (net, reply) => net.kvPut(address, key, Buffer.from(value), {}, reply));
  }

  async deleteKey(address: string, key: string): Promise<void> {
    await this.#write(address, `delete ${key}`, (net, reply) => net.kvDelete(address, key, {}, reply));
  }

  readClaims(address: string): Promise<Pick<AgentUp, 'leader' | 'peers'> | undefined> {
    return this.#runner.read(() => {
      return this.#getAnswerFault(address) === undefined ? readClaims(this.#runner.environment, address) : undefined;
    });
  }

  /** Without an answer nothing is known. No time passes, as many reads are made while others are missing. */
  async readConvergence(leader: string): Promise<ConvergenceState> {
    if (!this.#isHidden(leader)) return this.#settings.readOthers();
    return { found: {}, unread: Object.fromEntries(CONVERGENCE_KINDS.map((kind) => [kind, 'no-answer'])) };
  }

  listState(address: string): Promise<StateNames | undefined> {
    return this.#read(address, (environment) => listState(environment, address));
  }

  async takeSnapshot(address: string): Promise<AsyncIterable<Uint8Array>> {
    return this.#runner.read(() => {
      if (this.#isHidden(address) || !this.#runner.environment.net.leader(address).ok) {
        throw unreachableError(address, 'snapshot');
      }
      return Readable.from([new Uint8Array(1_024)]);
    });
  }

  readKey(address: string, key: string): Promise<{ value: string | undefined; modifyIndex: number }> {
    if (isJournal(key)) return this.#readJournal(address, key);
    return this.#runner.read(() => {
      if (this.#isHidden(address)) throw unreachableError(address, `read ${key}`);
      const answer = readConsistently(this.#runner.environment, address, key, CHANGE_LIMIT_MS);
      if (!answer?.ok) throw unreachableError(address, `read ${key}: ${answer?.message ?? 'no answer in time'}`);
      const entry = answer.value;
      return { value: entry?.value.toString('utf8'), modifyIndex: entry?.modifyIndex ?? 0 };
    });
  }

  compareAndSet(address: string, key: string, value: string, cas: number): Promise<boolean> {
    if (isJournal(key)) return this.#writeJournal(address, key, value, cas);
    return this.#write(address, `set ${key}`, (net, reply) =>
      net.kvPut(address, key, Buffer.from(value), { cas }, reply),
    );
  }

  compareAndDelete(address: string, key: string, cas: number): Promise<boolean> {
    return this.#write(address, `unset ${key}`, (net, reply) => net.kvDelete(address, key, { cas }, reply));
  }

  async close(): Promise<void> {}

  /** A roll does not wait for its journal: no time passes here, and no planned fault occurs. */
  async #readJournal(address: string, key: string) {
    const { process, environment } = this.#runner;
    if (process.dead) return process.hang();
    const read = readAtOnce(environment, address, key);
    if (read === undefined) throw unreachableError(address, `read ${key}`);
    return { value: read.entry?.value.toString('utf8'), modifyIndex: read.entry?.modifyIndex ?? 0 };
  }

  async #writeJournal(address: string, key: string, value: string, cas: number): Promise<boolean> {
    const { process, environment } = this.#runner;
    if (process.dead) return process.hang();
    environment.net.kvPut(address, key, Buffer.from(value), { cas }, () => undefined);
    return true;
  }

  #isHidden(address: string): boolean {
    return this.#getAnswerFault(address) !== undefined || this.#isWithheldFrom(address);
  }

  #isWithheldFrom(address: string): boolean {
    return this.#settings.needsToken && !this.#recipients.has(address);
  }

  #read<T>(address: string, description: (environment: SimulatedEnvironment) => T | undefined): Promise<T | undefined> {
    return this.#runner.read(() => (this.#isHidden(address) ? undefined : description(this.#runner.environment)));
  }

  #write(
    address: string,
    what: string,
    ask: (net: ConsulNetwork, reply: ReplyCallback<boolean>) => void,
  ): Promise<boolean> {
    const effect = { kind: 'other', what: `${what} through ${address}` } as const;
    return this.#runner.change(effect, () => this.#insist(address, what, ask), true);
  }

  /** Sends a request that a roll needs an answer to. */
  #insist<T>(address: string, doing: string, ask: (net: ConsulNetwork, reply: ReplyCallback<T>) => void): T {
    if (this.#isHidden(address)) throw unreachableError(address, doing);
    const { environment } = this.#runner;
    const answer = awaitReply<T>(environment, CHANGE_LIMIT_MS, (reply) => ask(environment.net, reply));
    if (answer?.ok) return answer.value;
    throw unreachableError(address, `${doing}: ${answer?.message ?? 'no answer in time'}`);
  }
}

function isJournal(key: string): boolean {
  return /\/(journal|history)$/.test(key);
}

const LEAVE_BLOCKED = 'Endpoint is blocked by agent configuration';

function deniedError(address: string, why = 'the token'): RollError {
  return new RollError({
    code: 'acl-denied',
    message: `Consul at ${address} refused: ${why}.`,
    kind: 'refused',
    next: 'give the token a policy',
  });
}

function unreachableError(address: string, doing: string, code = 'consul-unreachable'): RollError {
  return new RollError({
    code,
    message: `Consul at ${address} could not ${doing}.`,
    kind: 'refused',
    next: 'try again',
  });
}
