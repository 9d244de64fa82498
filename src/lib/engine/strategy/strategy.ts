import type { Decision, DecisionInput, SafetyInput } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent, StrategyName } from '../../model/intent.js';
import type { LaunchSource } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { Side } from '../../model/server.js';
import type { ExternalChange } from '../../model/stop-reason.js';
import type { ClusterDescription } from '../../ports.js';
import type { GroupNames, GroupViews } from './group-views.js';

/** Where the new servers are launched, and all that differs by it. */
export interface Strategy {
  readonly name: StrategyName;
  /** The old group launches the new servers: its `Launch` process stays active, and its warm pool would supply them. */
  readonly launchesInOldGroup: boolean;
  /** How many servers a roll adds at once where no option says it. */
  readonly defaultSurge: (size: number) => number;
  /** The group that the roll creates. */
  readonly createdGroupOf: (intent: Intent) => string | undefined;
  /** The group that the roll leaves without servers and may delete. */
  readonly emptiedGroupOf: (intent: Intent) => string | undefined;
  /** The tags of one side's group: the roll's record, and what stays after it. */
  readonly buildTags: (intent: Intent, side: Side) => Record<string, string>;
  /** What the two sides of an observation show of the groups. */
  readonly buildGroupViews: (description: ClusterDescription, names: GroupNames) => GroupViews;
  /** Whether the roll has a new side, also where no record says so. */
  readonly hasNewSide: (observation: Observation, intent: Intent) => boolean;
  /** Gets the group of the new servers ready to launch them; undefined once it is. */
  readonly prepareGroup: (input: DecisionInput, old: Group, next: LaunchSource) => Decision | undefined;
  /** In a rollback: stops launches of the new image; undefined once it has. */
  readonly stopLaunches: (input: DecisionInput) => Decision | undefined;
  /** Once no old server is left: hands the old group over; undefined where it is kept or deleted. */
  readonly completeGroup: (input: DecisionInput, old: Group) => Decision | undefined;
  /** How a group was scaled from outside beyond what the roll needs. */
  readonly findScaling: (input: Pick<SafetyInput, 'observation' | 'intent'>) => ExternalChange | undefined;
  /** What the old group may launch from; undefined where that does not matter or is not known yet. */
  readonly listOldLaunchSources: (input: SafetyInput, old: Group) => readonly LaunchSource[] | undefined;
  /** The observation once the old group launches from something else. */
  readonly simulateLaunchSource: (
    after: Observation,
    input: Pick<SafetyInput, 'observation' | 'intent'>,
    group: Group,
  ) => Observation;
}
