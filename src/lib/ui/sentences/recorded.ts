import { type Intent, strategyOf } from '../../model/intent.js';
import type { Order, Plan } from '../../model/plan.js';

/**
 * How a roll that was begun before goes on otherwise than the flags given now would have it; undefined where it
 * does not. What was recorded when it began holds.
 */
export function describeOverruled(
  { intent, resumed }: Plan,
  { surge, keepOld, strategy, template }: Order,
): string | undefined {
  if (!resumed) return undefined;
  const begun = strategyOf(intent);
  const flags = [
    ...(surge === undefined || surge === intent.surge ? [] : [`--surge ${surge} (it has ${intent.surge})`]),
    ...(strategy === undefined || strategy === begun
      ? []
      : [`--strategy ${strategy} (it was begun ${begun})`]),
    ...(template === undefined || template === 'auto' || template === kindOf(intent)
      ? []
      : [`--template ${template} (it was begun with a ${kindOf(intent)})`]),
    ...(keepOld && !intent.keepOld ? ['--keep-old (it was begun without)'] : []),
  ];
  if (flags.length === 0) return undefined;
  return `Roll ${intent.rollId} goes on as it was begun; not heeded: ${flags.join(', ')}.`;
}

function kindOf({ newTemplate }: Intent): string {
  return newTemplate.kind === 'launch-configuration' ? newTemplate.kind : 'launch-template';
}
