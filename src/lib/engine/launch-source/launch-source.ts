import type { Action } from '../../model/action.js';
import type { LaunchSourceKind } from '../../model/cluster-spec.js';
import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import type { GroupLaunchSource, LaunchSource, LaunchTemplateState } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { LaunchTemplateQuery } from '../../ports.js';

/** The launch source of the new servers, and all that differs by its kind. */
export interface NewLaunchSource {
  /** The kind of its AWS resource. */
  readonly resourceKind: LaunchSourceKind;
  /** The account has a quota of this kind that a roll can reach. */
  readonly countsAgainstQuota: boolean;
  /** The kind of action that deletes it in a rollback. */
  readonly deletedBy: Action['kind'];
  /** What a group is set to; undefined until the launch source exists. */
  readonly find: (observation: Observation) => LaunchSource | undefined;
  /** True if a launch source that the roll did not create has its name. */
  readonly isNameTaken: (observation: Observation) => boolean;
  /** True if a group with this launch source launches new servers. */
  readonly isUsedBy: (group: GroupLaunchSource, launchTemplate: LaunchTemplateState | undefined) => boolean;
  /** The launch template to observe; undefined if the roll needs none. */
  readonly buildQuery: (intent: Intent) => LaunchTemplateQuery | undefined;
  readonly create: (input: DecisionInput) => Decision;
  /** Deletes it in a rollback, after the new group; undefined once it is deleted. */
  readonly remove: (input: DecisionInput, phase: Phase) => Decision | undefined;
  /** The observation after the launch source was created. */
  readonly simulateCreate: (observation: Observation) => Observation;
}
