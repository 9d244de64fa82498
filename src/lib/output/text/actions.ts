import type { Action, ActionKind, ActionOf } from '../../model/action.js';
import type { PlannedResource } from '../../model/cluster-spec.js';
import type { Step } from '../../model/decision.js';
import { formatLaunchSource } from '../../model/launch-source.js';
import { type BalancerName, formatBalancer } from '../../model/load-balancer.js';
import { formatLifecycleHooks, formatList, formatShortList } from './format.js';
import { describeStepReason } from './step-reasons.js';

/** What an action does, as a short command: `Ask i-0a13 to leave`. */
export function describeAction(action: Action): string {
  // Each entry takes the action of its own kind.
  const describe = ACTION_TEXTS[action.kind] as (action: Action) => string;
  return describe(action);
}

const ACTION_TEXTS = {
  'save-snapshot': () => "Save a snapshot of Consul's state",
  'write-record': () => 'Record the roll in Consul',
  'delete-record': () => 'Delete the record of the roll from Consul',
  'write-intent': ({ group }) => `Record the roll on group ${group}`,
  'suspend-processes': ({ group, processes }) =>
    `Suspend ${processes.length > 3 ? 'processes' : formatList(processes)} of group ${group}`,
  'protect-servers': ({ group }) => `Protect the servers of group ${group} from scale-in`,
  'restore-protection': ({ group }) => `Restore the scale-in protection of group ${group}`,
  'create-launch-configuration': ({ name, imageId }) => `Create launch configuration ${name} with ${imageId}`,
  'create-launch-template-version': ({ launchSource: { name, resolved }, imageId }) =>
    `Create a version of launch template ${name} from version ${resolved}, with ${imageId}`,
  'convert-launch-source': ({ from, to, imageId }) =>
    `Create ${formatLaunchSourceKind(to)} ${to.name} with ${imageId}, from ${formatLaunchSourceKind(from)} ${from.name}`,
  'create-group': ({ name, from }) => `Create group ${name} as a copy of ${from}`,
  'set-launch-source': ({ group, launchSource }) =>
    `Set group ${group} to launch from ${formatLaunchSource(launchSource)}`,
  'set-max-size': ({ group, to }) => `Set the maximum size of group ${group} to ${to}`,
  'lower-desired': ({ group, to }) => `Lower the desired capacity of group ${group} to ${to}`,
  'complete-in-place': ({ group }) => `Record that group ${group} has only new servers`,
  'set-default-version': ({ name, version }) => `Make version ${version} the default of launch template ${name}`,
  'write-sentinel': () => 'Write the sentinel key',
  'scale-out': ({ group, to }) => `Scale out group ${group} to ${to}`,
  register: ({ instanceIds, balancers }) =>
    `Register ${formatShortList(instanceIds)} with ${formatBalancerNames(balancers)}`,
  'set-min-size': ({ group }) => `Set the minimum size of group ${group} to 0`,
  deregister: ({ instanceIds, balancers }) =>
    `Deregister ${formatShortList(instanceIds)} from ${formatBalancerNames(balancers)}`,
  'transfer-leadership': ({ to }) => `Transfer leadership to ${to}`,
  leave: ({ servers }) => `Ask ${formatList(servers.map(({ instanceId }) => instanceId))} to leave`,
  'remove-peer': ({ node }) => `Remove ${node} from Raft`,
  'forget-member': ({ node }) => `Remove ${node} from the member list`,
  terminate: ({ instanceId }) => `Terminate ${instanceId}`,
  'complete-lifecycle-hooks': ({ instanceIds, hooks, result }) =>
    `Complete ${formatLifecycleHooks(hooks)} of ${formatShortList(instanceIds)} with ${result}`,
  'attach-load-balancers': ({ group, balancers }) => `Attach group ${group} to ${formatBalancerNames(balancers)}`,
  'copy-warm-pool': ({ group, from }) => `Copy the warm pool of group ${from} to group ${group}`,
  'delete-warm-pool': ({ group }) => `Delete the warm pool of group ${group}`,
  'delete-group': ({ group }) => `Delete group ${group}`,
  'delete-launch-configuration': ({ name }) => `Delete launch configuration ${name}`,
  'delete-launch-template-version': ({ name, version }) => `Delete version ${version} of launch template ${name}`,
  'delete-launch-template': ({ name }) => `Delete launch template ${name}`,
  'restore-size': ({ group, sizes }) =>
    `Set group ${group} to desired ${sizes.desired}, minimum ${sizes.minSize}, maximum ${sizes.maxSize}`,
  'set-instance-health': ({ instanceId }) => `Mark ${instanceId} healthy in its group`,
  'resume-processes': ({ group, processes }) => `Resume ${formatList(processes)} of group ${group}`,
  'delete-sentinel': () => 'Delete the sentinel key',
  'clear-record': ({ group }) => `Remove the roll's record from group ${group}`,
  'turn-forward': () => 'Turn the rollback forward again',
  'start-rollback': () => 'Start the rollback',
} satisfies { readonly [K in ActionKind]: (action: ActionOf<K>) => string };

function formatBalancerNames(balancers: readonly BalancerName[]): string {
  return formatList(balancers.map(formatBalancer));
}

function formatLaunchSourceKind({ kind }: { readonly kind: string }): string {
  return kind.replaceAll('-', ' ');
}

/** A step with its reason and the voters before it, one line. */
export function describeStep(step: Step): string {
  const what = `${describeAction(step.action)}: ${describeStepReason(step.reason)}`;
  if (step.margin === undefined) return what;
  const { voters, healthy, quorum, margin } = step.margin;
  return `${what} (voters ${voters}, healthy ${healthy}, quorum ${quorum}, margin ${margin})`;
}

/** `launch template consul`. */
export function formatResourceName({ kind, name }: Pick<PlannedResource, 'kind' | 'name'>): string {
  return `${kind.replace('-', ' ')} ${name}`;
}
