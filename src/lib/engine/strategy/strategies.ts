import { determineStrategy, type Intent, type StrategyName } from '../../model/intent.js';
import { IN_PLACE } from './in-place.js';
import { NEW_GROUP } from './new-group.js';
import type { Strategy } from './strategy.js';

const STRATEGIES_BY_NAME = { beside: NEW_GROUP, 'in-place': IN_PLACE } satisfies Record<StrategyName, Strategy>;

/** The strategy of a roll, which its intent names. */
export function strategyOf(intent: Pick<Intent, 'oldGroup' | 'newGroup'>): Strategy {
  return STRATEGIES_BY_NAME[determineStrategy(intent)];
}
