import type { Sizes } from './intent.js';
import type { Refusal } from './refusal.js';

/** One effect on the world. Plain data; every one can be applied twice with the same end. */
export type Action =
  | { readonly kind: 'save-snapshot' }
  | { readonly kind: 'record-intent'; readonly group: string }
  | { readonly kind: 'freeze'; readonly group: string; readonly processes: readonly string[] }
  | {
      readonly kind: 'create-template';
      readonly from: string;
      readonly name: string;
      readonly imageId: string;
    }
  | { readonly kind: 'create-group'; readonly from: string; readonly name: string; readonly template: string }
  /** In place: the group launches from this template from now on. */
  | { readonly kind: 'retarget'; readonly group: string; readonly template: string }
  /** In place: room for the servers beyond the cluster's size. */
  | { readonly kind: 'raise-maximum'; readonly group: string; readonly to: number }
  /** In place, on the way back: the group wants no more servers than it has. */
  | { readonly kind: 'trim'; readonly group: string; readonly to: number }
  /** In place: all old servers are gone, and the group is the new one. */
  | { readonly kind: 'hand-over'; readonly group: string }
  | { readonly kind: 'write-sentinel'; readonly value: string }
  | { readonly kind: 'grow'; readonly group: string; readonly to: number }
  | {
      readonly kind: 'register';
      readonly instanceIds: readonly string[];
      readonly balancers: readonly string[];
    }
  | { readonly kind: 'lower-minimum'; readonly group: string }
  | { readonly kind: 'deregister'; readonly instanceId: string; readonly balancers: readonly string[] }
  | { readonly kind: 'transfer-leadership'; readonly to: string; readonly peerId: string }
  | { readonly kind: 'leave'; readonly instanceId: string; readonly address: string }
  | { readonly kind: 'remove-peer'; readonly peerId: string; readonly node: string }
  | { readonly kind: 'terminate'; readonly instanceId: string }
  | { readonly kind: 'attach'; readonly group: string; readonly balancers: readonly string[] }
  | { readonly kind: 'delete-group'; readonly group: string }
  | { readonly kind: 'delete-template'; readonly name: string }
  | { readonly kind: 'restore-size'; readonly group: string; readonly sizes: Sizes }
  | { readonly kind: 'thaw'; readonly group: string; readonly processes: readonly string[] }
  | { readonly kind: 'delete-sentinel' }
  | { readonly kind: 'forget'; readonly group: string }
  | { readonly kind: 'turn-back'; readonly groups: readonly string[]; readonly reason: Refusal };

export type ActionKind = Action['kind'];

/** The instance an action takes out of service, out of Raft or out of existence; undefined for the others. */
export function victimOf(action: Action): string | undefined {
  switch (action.kind) {
    case 'deregister':
    case 'leave':
    case 'terminate':
      return action.instanceId;
    default:
      return undefined;
  }
}
