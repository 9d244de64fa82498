import type { Action, ActionKind } from '../../model/action.js';
import { type BalancerName, spokenBalancer } from '../../model/balancer.js';
import { enumerated, someOf } from '../text.js';

type ActionOf = { readonly [K in ActionKind]: Extract<Action, { kind: K }> };

/** What an action does, as a short command: `Ask i-0a13 to leave`. */
export function describeAction(action: Action): string {
  return phrase(action.kind, action);
}

function phrase<K extends ActionKind>(kind: K, action: ActionOf[K]): string {
  return PHRASES[kind](action);
}

const PHRASES: { readonly [K in ActionKind]: (action: ActionOf[K]) => string } = {
  'save-snapshot': () => "Save a snapshot of Consul's state",
  'record-intent': ({ group }) => `Record the roll on group ${group}`,
  freeze: ({ group }) => `Freeze group ${group}`,
  'create-template': ({ name, imageId }) => `Create launch configuration ${name} with ${imageId}`,
  'create-group': ({ name, from }) => `Create group ${name} like ${from}`,
  retarget: ({ group, template }) => `Set group ${group} to launch from ${template}`,
  'raise-maximum': ({ group, to }) => `Raise the maximum of group ${group} to ${to}`,
  trim: ({ group, to }) => `Lower group ${group} to the ${to} it has`,
  'hand-over': ({ group }) => `Record that group ${group} is all new`,
  'write-sentinel': () => 'Write the sentinel key',
  grow: ({ group, to }) => `Grow group ${group} to ${to}`,
  register: ({ instanceIds, balancers }) => `Register ${someOf(instanceIds)} with ${spoken(balancers)}`,
  'lower-minimum': ({ group }) => `Lower the minimum of group ${group}`,
  deregister: ({ instanceId, balancers }) => `Deregister ${instanceId} from ${spoken(balancers)}`,
  'transfer-leadership': ({ to }) => `Hand leadership to ${to}`,
  leave: ({ instanceId }) => `Ask ${instanceId} to leave`,
  'remove-peer': ({ node }) => `Remove ${node} from Raft`,
  terminate: ({ instanceId }) => `Terminate ${instanceId}`,
  attach: ({ group, balancers }) => `Attach group ${group} to ${spoken(balancers)}`,
  'delete-group': ({ group }) => `Delete group ${group}`,
  'delete-template': ({ name }) => `Delete launch configuration ${name}`,
  'restore-size': ({ group, sizes }) =>
    `Set group ${group} to ${sizes.desired} (at least ${sizes.minSize}, at most ${sizes.maxSize})`,
  thaw: ({ group }) => `Thaw group ${group}`,
  'delete-sentinel': () => 'Delete the sentinel key',
  forget: ({ group }) => `Clear the roll's record from group ${group}`,
  'turn-back': () => 'Turn the roll back',
};

function spoken(balancers: readonly BalancerName[]): string {
  return enumerated(balancers.map(spokenBalancer));
}
