import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { Checker } from './checker.js';

/**
 * one-change: while a roll keeps a group from acting on its own, Auto Scaling terminates no server in service by its own
 * choice, whatever size the group is set to.
 */
export function createScaleInChecker(): Checker {
  /** By group: its latest activity. */
  const seen = new Map<string, string | undefined>();
  return {
    invariant: 'one-change',
    after: (oracle) => {
      const groups = [oracle.group('old'), oracle.group('new')];
      return groups.map((group) => group && findChosen(group, seen)).find((one) => one !== undefined);
    },
  };
}

function findChosen(group: GroupRecord, seen: Map<string, string | undefined>): string | undefined {
  const last = seen.get(group.name);
  const [latest] = group.activities;
  if (latest?.ActivityId === last) return undefined;
  seen.set(group.name, latest?.ActivityId);
  if (!group.suspended.has('ReplaceUnhealthy')) return undefined;
  const old = group.activities.findIndex(({ ActivityId }) => ActivityId === last);
  const chosen = group.activities
    .slice(0, old < 0 ? undefined : old)
    .filter(({ Cause = '' }) => Cause.includes('was selected for termination'))
    .flatMap(({ Description = '' }) => /^Terminating EC2 instance: (i-\w+)/.exec(Description)?.[1] ?? []);
  const inService = chosen.find((id) => group.members.get(id)?.inServiceMs !== undefined);
  return inService && `Auto Scaling chose ${inService} of ${group.name} to terminate`;
}
