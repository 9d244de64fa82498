import { remarksOn } from '../../decide/remarks.js';
import type { Plan } from '../../model/plan.js';
import { describeRemark } from '../sentences/remark.js';
import type { ToneLine } from '../server-lines.js';
import { wrapped } from '../text.js';

const MIND = 'mind  ';

/** What to mind about a plan, one remark after the other. */
export function remarkLines({ survey, intent }: Plan, width: number): ToneLine[] {
  return remarksOn(survey, intent).flatMap((remark) => {
    const lines = wrapped(describeRemark(remark), width - MIND.length);
    return lines.map((line, n): ToneLine => {
      return { text: `${n === 0 ? MIND : ' '.repeat(MIND.length)}${line}`, tone: 'busy' };
    });
  });
}
