import type { GroupRecord, Member } from '../records.js';
import { type AwsState, formatNow } from '../state.js';
import { isProcessActive } from './group.js';
import { reconcileSoon } from './reconcile.js';
import { isGroupSettled } from './refresh-state.js';
import { terminateMember } from './terminating.js';

/**
 * MaxInstanceLifetime: replaces the oldest instance that has reached it, one at a time; never one that is protected from
 * scale-in. It needs Launch and Terminate, and no other process.
 */
export function replaceOldest(state: AwsState, group: GroupRecord): void {
  const lifetimeMs = (group.fields.MaxInstanceLifetime ?? 0) * 1_000;
  if (lifetimeMs === 0 || !isGroupSettled(group)) return;
  if (!isProcessActive(group, 'Launch') || !isProcessActive(group, 'Terminate')) return;
  const isOver = ({ instance, protectedFromScaleIn, lifecycle }: Member) =>
    lifecycle === 'InService' && !protectedFromScaleIn && state.nowMs - instance.launchedMs >= lifetimeMs;
  const [oldest] = [...group.members.values()]
    .filter(isOver)
    .sort((a, b) => a.instance.launchedMs - b.instance.launchedMs);
  if (oldest === undefined) return;
  const cause = `At ${formatNow(state)} an instance was taken out of service in response to the instance exceeding its max lifetime.`;
  terminateMember(state, group, oldest, cause);
  reconcileSoon(state, group);
}
