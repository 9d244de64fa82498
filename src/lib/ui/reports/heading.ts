import { isInPlace } from '../../model/intent.js';
import type { Plan } from '../../model/plan.js';
import { stateOf } from '../sentences/budget.js';
import type { ToneLine } from '../server-lines.js';
import { counted, enumerated, wrapped } from '../text.js';
import { versionsOf } from './versions.js';

/** Which cluster, from which image to which, and how it is now. */
export function headingOf({ intent, survey, resumed }: Plan, width: number): ToneLine[] {
  const images = [...new Set(survey.servers.map((server) => server.imageId))];
  const versions = versionsOf(survey);
  const consul = versions.length === 0 ? 'no Consul that answers' : `Consul ${enumerated(versions)}`;
  const aim = intent.direction === 'back' ? survey.old?.imageId : intent.imageId;
  const there = aim === undefined || (images.length === 1 && images.includes(aim));
  const onto = there ? '' : `  ->  ${intent.direction === 'back' ? 'back to ' : ''}${aim}`;
  const lines = [
    `Cluster ${intent.cluster}, ${counted(intent.size, 'server')}, roll ${intent.rollId}${isInPlace(intent) ? ' in place' : ''}, up to ${intent.surge} more at a time`,
    `${images.length === 0 ? 'no servers' : enumerated(images)}, ${consul}${onto}`,
    `now ${stateOf(survey)}`,
    ...(resumed ? ['this roll has begun already; what follows is what is left of it'] : []),
  ];
  return lines.flatMap((line) => wrapped(line, width)).map((text) => ({ text, tone: 'plain' }));
}
