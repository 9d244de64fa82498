import type { ProcessesType, ScalingProcessQuery } from '@aws-sdk/client-auto-scaling';
import { validationFault } from '../fault.js';
import { PROCESS_NAMES, type ProcessName } from '../records.js';
import { type AwsState, formatNow } from '../state.js';
import { resumeAttachments } from './attachments.js';
import { getGroup } from './group.js';
import { lookAtHealthSoon } from './health.js';
import { reconcileSoon } from './reconcile.js';

/** SuspendProcesses: the named ones, or all; what has started continues. */
export function suspendProcesses(state: AwsState, input: ScalingProcessQuery): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  for (const process of named(input)) {
    if (!group.suspended.has(process)) group.suspended.set(process, `User suspended at ${formatNow(state)}`);
  }
  return {};
}

/** ResumeProcesses: the named ones, or all; the group then catches up. */
export function resumeProcesses(state: AwsState, input: ScalingProcessQuery): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  for (const process of named(input)) group.suspended.delete(process);
  resumeAttachments(state, group);
  reconcileSoon(state, group);
  lookAtHealthSoon(state, group);
  return {};
}

function named(input: ScalingProcessQuery): ProcessName[] {
  const wanted = input.ScalingProcesses ?? [];
  if (wanted.length === 0) return [...PROCESS_NAMES];
  return wanted.map((name) => {
    const process = PROCESS_NAMES.find((known) => known === name);
    if (process !== undefined) return process;
    throw validationFault(`Invalid process type: ${name}`);
  });
}

/** DescribeScalingProcessTypes. */
export function describeProcessTypes(): ProcessesType {
  return { Processes: PROCESS_NAMES.map((ProcessName) => ({ ProcessName })) };
}
