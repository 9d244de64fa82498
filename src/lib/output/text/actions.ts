import type { Action, ActionKind } from '../../model/action.js';
import type { PlannedResource } from '../../model/cluster-spec.js';
import type { Step } from '../../model/decision.js';
import { nameOfTemplate } from '../../model/launch-source.js';
import { type BalancerName, spokenBalancer } from '../../model/load-balancer.js';
import { enumerated, someOf } from './format.js';

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
  'create-version': ({ template, imageId }) =>
    `Create a version of launch template ${template.name}, like ${template.resolved}, with ${imageId}`,
  'convert-template': ({ from, to, imageId }) =>
    `Create ${kindOf(to)} ${to.name} with ${imageId}, like ${kindOf(from)} ${from.name}`,
  'create-group': ({ name, from }) => `Create group ${name} like ${from}`,
  retarget: ({ group, template }) => `Set group ${group} to launch from ${nameOfTemplate(template)}`,
  'raise-maximum': ({ group, to }) => `Raise the maximum of group ${group} to ${to}`,
  trim: ({ group, to }) => `Lower group ${group} to the ${to} it has`,
  'hand-over': ({ group }) => `Record that group ${group} is all new`,
  'set-default': ({ name, version }) => `Make version ${version} the default of launch template ${name}`,
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
  'copy-warm-pool': ({ group, from }) => `Give group ${group} the warm pool that ${from} has`,
  'delete-warm-pool': ({ group }) => `Delete the warm pool of group ${group}`,
  'delete-group': ({ group }) => `Delete group ${group}`,
  'delete-template': ({ name }) => `Delete launch configuration ${name}`,
  'delete-version': ({ name, version }) => `Delete version ${version} of launch template ${name}`,
  'delete-launch-template': ({ name }) => `Delete launch template ${name}`,
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

function kindOf({ kind }: { readonly kind: string }): string {
  return kind.replaceAll('-', ' ');
}

/** A step with its reason and its voter budget, one line. */
export function describeStep(step: Step): string {
  const what = `${describeAction(step.action)}: ${step.why}`;
  if (step.budget === undefined) return what;
  const { voters, healthy, quorum, spare } = step.budget;
  return `${what} (voters ${voters}, healthy ${healthy}, quorum ${quorum}, spare ${spare})`;
}

/** `launch template consul`. */
export function nameOfResource({ kind, name }: Pick<PlannedResource, 'kind' | 'name'>): string {
  return `${kind.replace('-', ' ')} ${name}`;
}
