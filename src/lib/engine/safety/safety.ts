import type { Action } from '../../model/action.js';
import type { Intent } from '../../model/intent.js';
import type { NewTemplate, OldTemplate } from '../../model/launch-source.js';
import type { Survey } from '../../model/observation.js';
import type { Refusal } from '../../model/stop-reason.js';
import {
  allNew,
  deletable,
  frozen,
  noPicking,
  noShrinking,
  ours,
  ownGroup,
  templatesOf,
  thawable,
} from './groups.js';
import { addable, movable, removableTemplate, removableVersion, retargetable } from './launch-sources.js';
import { oneLeader, ownCluster } from './leadership.js';
import { ghostly, leavable, quiet, removable, terminable } from './removal.js';

/**
 * The second look at a step, immediately before it is taken, against a survey taken for that purpose. It knows
 * nothing of why `decide` chose the step; it only knows what must never happen. Undefined when the step is safe.
 */
export function safety(survey: Survey, intent: Intent, action: Action): Refusal | undefined {
  switch (action.kind) {
    case 'deregister':
      return ownCluster(survey, intent) ?? removable(survey, intent, action.instanceId);
    case 'leave':
      return (
        ownCluster(survey, intent) ?? frozen(survey, intent) ?? leavable(survey, intent, action.instanceId)
      );
    case 'transfer-leadership':
      return oneLeader(survey) ?? quiet(survey, undefined);
    case 'terminate':
      return ownCluster(survey, intent) ?? frozen(survey, intent) ?? terminable(survey, action.instanceId);
    case 'remove-peer':
      return ownCluster(survey, intent) ?? ghostly(survey, action.peerId, action.node);
    case 'delete-group':
      return deletable(survey, intent, action.group);
    case 'delete-warm-pool':
      return deletable(survey, intent, action.group);
    case 'delete-template':
      return ours(action.name, [nameOfConfiguration(templatesOf(intent).unwanted)]);
    case 'retarget':
      return ownGroup(intent, action.group) ?? retargetable(survey, intent, action);
    case 'trim':
      return ownGroup(intent, action.group) ?? noPicking(survey, action.group, action.to);
    case 'hand-over':
      return ownGroup(intent, action.group) ?? allNew(survey, action.group);
    case 'create-version':
      return addable(survey);
    case 'set-default':
      return movable(survey, intent, action);
    case 'delete-version':
      return removableVersion(survey, intent, action);
    case 'delete-launch-template':
      return removableTemplate(survey, intent, action);
    case 'grow':
      return (
        oneLeader(survey) ?? ownGroup(intent, action.group) ?? noShrinking(survey, action.group, action.to)
      );
    case 'restore-size':
      return ownGroup(intent, action.group) ?? noShrinking(survey, action.group, action.sizes.desired);
    case 'thaw':
      return ownGroup(intent, action.group) ?? thawable(survey, intent, action.group, action.processes);
    default:
      return 'group' in action ? ownGroup(intent, action.group) : undefined;
  }
}

/** Undefined for a launch template: this action deletes none. */
function nameOfConfiguration(template: OldTemplate | NewTemplate): string | undefined {
  return template.kind === 'launch-configuration' ? template.name : undefined;
}
