import type { Oracle } from './oracle.js';

const TAG = /ResourceId=([^']+?),ResourceType=auto-scaling-group,Key=([^'; ]+)/g;
const KEY = /consul kv delete '?([^'; ]+)/;

/** Carries out the commands that an error prints and that are not of this program; returns them, for the trace. */
export function followRemedy(next: string, { environment, state, leader }: Oracle): string[] {
  const done: string[] = [];
  for (const [, ResourceId = '', Key = ''] of next.matchAll(TAG)) {
    if (!next.includes('aws autoscaling delete-tags') || !state.groups.has(ResourceId)) continue;
    const Tags = [{ ResourceId, ResourceType: 'auto-scaling-group', Key }];
    environment.aws.call('autoscaling', 'DeleteTags', { Tags });
    environment.touch();
    done.push(`the operator removes ${Key} of ${ResourceId}`);
  }
  const [, key] = KEY.exec(next) ?? [];
  if (key === undefined || leader === undefined) return done;
  let answered = false;
  environment.net.kvDelete(leader.address, key, {}, () => {
    answered = true;
  });
  environment.until(() => answered, 10_000);
  return [...done, `the operator deletes ${key}`];
}
