import { type AutopilotConfiguration, DEFAULT_AUTOPILOT } from '../autopilot/configuration.js';
import { KeyValues, type KvEntry } from './key-values.js';

/** A node of the catalogue; here every node is a server. */
export interface CatalogNode {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly version: string;
  readonly serfStatus: 'passing' | 'critical';
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** A session, which dies with its node, or when it is not renewed in time. */
export interface Session {
  readonly id: string;
  readonly name: string;
  readonly node: string;
  readonly lockDelayMs: number;
  readonly behavior: 'release' | 'delete';
  /** As the caller wrote it, for instance `60s`; empty for none. */
  readonly ttl: string;
  readonly ttlMs: number | undefined;
  readonly createIndex: number;
  /** Counts renewals, so that an older time limit has no effect. */
  renewals: number;
}

/** One write to the keys. `cas` is the modify index the key must be at, 0 for a key that must not exist. */
export type KvCommand =
  | {
      readonly kind: 'set';
      readonly key: string;
      readonly value: Buffer;
      readonly flags: number;
      readonly cas?: number;
    }
  | {
      readonly kind: 'acquire' | 'release';
      readonly key: string;
      readonly value: Buffer;
      readonly flags: number;
      readonly session: string;
    }
  | { readonly kind: 'delete'; readonly key: string; readonly cas?: number }
  | { readonly kind: 'delete-tree'; readonly key: string };

/** The replicated state of a cluster, as far as it is committed. */
export class Store {
  readonly keys = new KeyValues();
  /** By node name. */
  readonly nodes = new Map<string, CatalogNode>();
  readonly sessions = new Map<string, Session>();
  autopilot = DEFAULT_AUTOPILOT;
  /** The index of the last change to the catalogue, and to the sessions; 0 before the first. */
  nodesIndex = 0;
  sessionsIndex = 0;
  readonly #locks = new Map<string, Set<string>>();
  readonly #lockDelays = new Map<string, number>();

  /** Applies a write; returns whether it took effect. */
  apply(command: KvCommand, index: number): boolean {
    const before = this.keys.get(command.key);
    switch (command.kind) {
      case 'set':
        if (command.cas !== undefined && command.cas !== (before?.modifyIndex ?? 0)) return false;
        this.keys.set(command.key, { value: command.value, flags: command.flags }, index);
        return true;
      case 'acquire':
        return this.#acquire(command, before, index);
      case 'release':
        return this.#release(command, before, index);
      case 'delete':
        if (command.cas !== undefined && command.cas !== before?.modifyIndex) return false;
        this.keys.delete(command.key, index);
        return true;
      case 'delete-tree':
        for (const { key } of this.keys.list(command.key).entries) this.keys.delete(key, index);
        return true;
    }
  }

  /** Whether the key may not be locked yet: its last holder's session ended less than its lock delay ago. */
  isDelayed(key: string, nowMs: number): boolean {
    return (this.#lockDelays.get(key) ?? 0) > nowMs;
  }

  /** Replaces autopilot's configuration as a whole; `cas` is the modify index it must be at. */
  configureAutopilot(next: AutopilotConfiguration, cas: number | undefined, index: number): boolean {
    if (cas !== undefined && cas !== this.autopilot.modifyIndex) return false;
    this.autopilot = { ...next, createIndex: this.autopilot.createIndex, modifyIndex: index };
    return true;
  }

  startSession(session: Omit<Session, 'createIndex' | 'renewals'>, index: number): void {
    this.sessionsIndex = index;
    this.sessions.set(session.id, { ...session, createIndex: index, renewals: 0 });
  }

  /** Ends a session: its locks are released or deleted, and cannot be taken again before its lock delay is over. */
  endSession(id: string, index: number, nowMs: number): void {
    const session = this.sessions.get(id);
    if (session === undefined) return;
    this.sessions.delete(id);
    this.sessionsIndex = index;
    for (const key of this.#locks.get(id) ?? []) {
      const entry = this.keys.get(key);
      if (session.lockDelayMs > 0) this.#lockDelays.set(key, nowMs + session.lockDelayMs);
      if (session.behavior === 'delete') this.keys.delete(key, index);
      else if (entry !== undefined) this.keys.set(key, { ...entry, session: undefined }, index);
    }
    this.#locks.delete(id);
  }

  register(node: Omit<CatalogNode, 'createIndex' | 'modifyIndex'>, index: number, nowMs: number): void {
    const createIndex = this.nodes.get(node.name)?.createIndex ?? index;
    this.nodes.set(node.name, { ...node, createIndex, modifyIndex: index });
    this.nodesIndex = index;
    if (node.serfStatus === 'critical') this.#endSessionsOf(node.name, index, nowMs);
  }

  deregister(name: string, index: number, nowMs: number): void {
    if (!this.nodes.delete(name)) return;
    this.nodesIndex = index;
    this.#endSessionsOf(name, index, nowMs);
  }

  #endSessionsOf(node: string, index: number, nowMs: number): void {
    for (const session of [...this.sessions.values()]) {
      if (session.node === node) this.endSession(session.id, index, nowMs);
    }
  }

  #acquire(
    command: Extract<KvCommand, { kind: 'acquire' | 'release' }>,
    before: KvEntry | undefined,
    index: number,
  ): boolean {
    const { key, value, flags, session } = command;
    if (!this.sessions.has(session)) return false;
    if (before?.session !== undefined && before.session !== session) return false;
    const lockIndex = (before?.lockIndex ?? 0) + (before?.session === session ? 0 : 1);
    this.keys.set(key, { value, flags, session, lockIndex }, index);
    const held = this.#locks.get(session) ?? new Set();
    this.#locks.set(session, held.add(key));
    return true;
  }

  #release(
    command: Extract<KvCommand, { kind: 'acquire' | 'release' }>,
    before: KvEntry | undefined,
    index: number,
  ): boolean {
    const { key, value, flags, session } = command;
    if (before?.session !== session) return false;
    this.#locks.get(session)?.delete(key);
    this.keys.set(key, { value, flags, session: undefined }, index);
    return true;
  }
}
