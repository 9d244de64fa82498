import type { Sizes } from './intent.js';
import type { LaunchSource, NextLaunchSource, PinnedLaunchTemplate, PreviousLaunchSource } from './launch-source.js';
import type { Side } from './server.js';
import type { StopReason } from './stop-reason.js';

/** One effect on AWS or Consul, as data. Carrying it out twice has the same result as once. */
export type Action =
  | { readonly kind: 'save-snapshot' }
  /** The record of the roll in the cluster's store. */
  | { readonly kind: 'write-record' }
  | { readonly kind: 'delete-record' }
  /** The tags of the roll on a group. */
  | { readonly kind: 'write-intent'; readonly group: string; readonly side?: Side }
  | { readonly kind: 'suspend-processes'; readonly group: string; readonly processes: readonly string[] }
  /** From scale-in: these instances, at most 50, and those that the group launches. */
  | { readonly kind: 'protect-servers'; readonly group: string; readonly instanceIds: readonly string[] }
  /** These instances, at most 50, are not protected any more; those that the group launches as before the roll. */
  | {
      readonly kind: 'restore-protection';
      readonly group: string;
      readonly newServers: boolean;
      readonly instanceIds: readonly string[];
    }
  | {
      readonly kind: 'create-launch-configuration';
      readonly from: string;
      readonly name: string;
      readonly imageId: string;
    }
  /** The group launches from this from now on; its servers stay as they are. */
  | { readonly kind: 'set-launch-source'; readonly group: string; readonly launchSource: LaunchSource }
  /** In place: room for servers beyond the size of the cluster. */
  | { readonly kind: 'set-max-size'; readonly group: string; readonly to: number }
  /** Lowers desired capacity to the servers there are: in place in a rollback, and before a group is kept empty. */
  | { readonly kind: 'lower-desired'; readonly group: string; readonly to: number }
  /** In place: all old servers are gone, so the group becomes the new one. */
  | { readonly kind: 'complete-in-place'; readonly group: string }
  | {
      readonly kind: 'create-launch-template-version';
      readonly launchSource: PinnedLaunchTemplate;
      readonly imageId: string;
    }
  | {
      readonly kind: 'convert-launch-source';
      readonly from: PreviousLaunchSource;
      readonly to: Exclude<NextLaunchSource, { readonly kind: 'launch-template-version' }>;
      readonly imageId: string;
    }
  | { readonly kind: 'create-group'; readonly from: string; readonly name: string; readonly launchSource: LaunchSource }
  | { readonly kind: 'set-default-version'; readonly id: string; readonly name: string; readonly version: number }
  | { readonly kind: 'write-sentinel'; readonly value: string }
  | { readonly kind: 'scale-out'; readonly group: string; readonly to: number }
  | { readonly kind: 'register'; readonly instanceIds: readonly string[]; readonly balancers: readonly string[] }
  | { readonly kind: 'set-min-size'; readonly group: string }
  | { readonly kind: 'deregister'; readonly instanceIds: readonly string[]; readonly balancers: readonly string[] }
  | { readonly kind: 'transfer-leadership'; readonly to: string; readonly peerId: string }
  /** All are asked at the same moment. */
  | { readonly kind: 'leave'; readonly servers: readonly AddressedServer[] }
  | { readonly kind: 'remove-peer'; readonly peerId: string; readonly node: string }
  /** Gossip forgets a member that is gone. */
  | { readonly kind: 'forget-member'; readonly node: string }
  /** `cutOff`: first asked at this address to leave, so that it joins nothing while it is shut down. */
  | { readonly kind: 'terminate'; readonly instanceId: string; readonly cutOff?: string | undefined }
  /** Of terminations: the instances end at once. */
  | {
      readonly kind: 'complete-lifecycle-hooks';
      readonly group: string;
      readonly instanceIds: readonly string[];
      readonly hooks: readonly string[];
      /** `CONTINUE` where the group retains what is abandoned. */
      readonly result: 'ABANDON' | 'CONTINUE';
    }
  | { readonly kind: 'attach-load-balancers'; readonly group: string; readonly balancers: readonly string[] }
  | { readonly kind: 'copy-warm-pool'; readonly from: string; readonly group: string }
  | { readonly kind: 'delete-warm-pool'; readonly group: string }
  | { readonly kind: 'delete-group'; readonly group: string }
  | { readonly kind: 'delete-launch-configuration'; readonly name: string }
  | {
      readonly kind: 'delete-launch-template-version';
      readonly id: string;
      readonly name: string;
      readonly version: number;
    }
  | { readonly kind: 'delete-launch-template'; readonly id: string; readonly name: string }
  | { readonly kind: 'restore-size'; readonly group: string; readonly sizes: Sizes }
  /** Auto Scaling's HealthStatus of the instance becomes `Healthy`. */
  | { readonly kind: 'set-instance-health'; readonly instanceId: string }
  | { readonly kind: 'resume-processes'; readonly group: string; readonly processes: readonly string[] }
  | { readonly kind: 'delete-sentinel' }
  | { readonly kind: 'clear-record'; readonly group: string }
  /** Ends a recorded rollback: the roll goes forward again. */
  | { readonly kind: 'turn-forward'; readonly groups: readonly string[] }
  | { readonly kind: 'start-rollback'; readonly groups: readonly string[]; readonly reason: StopReason };

export type ActionKind = Action['kind'];
export type ActionOf<K extends ActionKind> = Extract<Action, { readonly kind: K }>;

/** A server, and the address on which it is asked. */
export interface AddressedServer {
  readonly instanceId: string;
  readonly address: string;
}

/** The instances that an action deregisters, asks to leave or terminates. */
export function listDepartingInstances(action: Action): readonly string[] {
  switch (action.kind) {
    case 'deregister':
      return action.instanceIds;
    case 'leave':
      return action.servers.map(({ instanceId }) => instanceId);
    case 'terminate':
      return [action.instanceId];
    default:
      return [];
  }
}
