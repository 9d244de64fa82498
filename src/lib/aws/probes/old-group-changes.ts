import * as scaling from '@aws-sdk/client-auto-scaling';
import type { ProbedThings } from '../../model/evidence.js';
import { NOTHING } from './group-changes.js';
import type { Probes } from './prove.js';

const groupOf = ({ oldGroup }: ProbedThings) => ({ AutoScalingGroupName: oldGroup });
/** None of these is a process that scales or replaces. */
const HARMLESS = ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];

/**
 * Of the group there is, and by what they say without any effect on it, whatever AWS checks first: a tag taken away
 * that it has not, a process resumed that runs, an update of nothing.
 */
export const OLD_GROUP_CHANGES: Probes<ProbedThings> = {
  'autoscaling:DeleteTags': ({ autoScaling }, { oldGroup }) =>
    autoScaling.send(
      new scaling.DeleteTagsCommand({
        Tags: [{ ResourceId: oldGroup, ResourceType: 'auto-scaling-group', Key: NOTHING }],
      }),
    ),
  'autoscaling:ResumeProcesses': ({ autoScaling }, things) => {
    const running = HARMLESS.find((process) => !things.suspended.includes(process));
    if (running === undefined) return undefined;
    const command = new scaling.ResumeProcessesCommand({ ...groupOf(things), ScalingProcesses: [running] });
    return autoScaling.send(command);
  },
  'autoscaling:UpdateAutoScalingGroup': ({ autoScaling }, things) =>
    autoScaling.send(new scaling.UpdateAutoScalingGroupCommand(groupOf(things))),
};
