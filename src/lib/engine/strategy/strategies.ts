import type { StrategyName } from '../../model/intent.js';
import type { GroupNames } from './group-views.js';
import { IN_PLACE } from './in-place.js';
import { NEW_GROUP } from './new-group.js';
import type { Strategy } from './strategy.js';

/** The strategies as the options of a new roll name them. */
export const STRATEGIES_BY_NAME: Readonly<Record<StrategyName, Strategy>> = { beside: NEW_GROUP, 'in-place': IN_PLACE };

/** The strategy of a recorded roll: in place, its two groups are one. */
export function strategyOf({ oldGroup, newGroup }: Pick<GroupNames, 'oldGroup' | 'newGroup'>): Strategy {
  return oldGroup === newGroup ? IN_PLACE : NEW_GROUP;
}
