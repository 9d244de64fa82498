import type { ProcessesType, ScalingProcessQuery } from '@aws-sdk/client-auto-scaling';
import { validationError } from '../fault.js';
import { nowText, type WorldState } from '../state.js';
import { resumeAttachments } from './attachments.js';
import { groupNamed, type ProcessName, processNames } from './group.js';
import { reconcileSoon } from './reconcile.js';

/** SuspendProcesses: the named ones, or all; what is under way goes on. */
export function suspendProcesses(state: WorldState, input: ScalingProcessQuery): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  for (const process of named(input)) {
    if (!group.suspended.has(process)) group.suspended.set(process, `User suspended at ${nowText(state)}`);
  }
  return {};
}

/** ResumeProcesses: the named ones, or all; the group then catches up. */
export function resumeProcesses(state: WorldState, input: ScalingProcessQuery): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  for (const process of named(input)) group.suspended.delete(process);
  resumeAttachments(state, group);
  reconcileSoon(state, group);
  return {};
}

function named(input: ScalingProcessQuery): ProcessName[] {
  const wanted = input.ScalingProcesses ?? [];
  if (wanted.length === 0) return [...processNames];
  return wanted.map((name) => {
    const process = processNames.find((known) => known === name);
    if (process !== undefined) return process;
    throw validationError(`Invalid process type: ${name}`);
  });
}

/** DescribeScalingProcessTypes. */
export function describeProcessTypes(): ProcessesType {
  return { Processes: processNames.map((ProcessName) => ({ ProcessName })) };
}
