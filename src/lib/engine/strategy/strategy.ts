import type { Decision, DecisionInput, SafetyInput } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { StrategyName } from '../../model/intent.js';
import type { LaunchSource } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { ExternalChange } from '../../model/stop-reason.js';

/** Where the new servers are launched, and all that differs by it. */
export interface Strategy {
  readonly name: StrategyName;
  /** Gets the group of the new servers ready to launch them; undefined once it is. */
  readonly prepareGroup: (input: DecisionInput, old: Group, next: LaunchSource) => Decision | undefined;
  /** On the way back: stops launches of the new image; undefined once it has. */
  readonly stopLaunches: (input: DecisionInput) => Decision | undefined;
  /** Once no old server is left: hands the old group over; undefined where it is kept or deleted. */
  readonly completeGroup: (input: DecisionInput, old: Group) => Decision | undefined;
  /** How a group was scaled from outside beyond what the roll needs. */
  readonly findScaling: (input: SafetyInput) => ExternalChange | undefined;
  /** What the old group may launch from; undefined where that does not matter or is not known yet. */
  readonly listOldLaunchSources: (input: SafetyInput, old: Group) => readonly LaunchSource[] | undefined;
  /** The observation once the old group launches from something else. */
  readonly simulateLaunchSource: (
    after: Observation,
    input: Pick<SafetyInput, 'observation' | 'intent'>,
    group: Group,
  ) => Observation;
}
