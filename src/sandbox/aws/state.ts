import type { LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import type { InstanceBackend, SandboxImage, Traffic } from '../interfaces.js';
import { DELAYS } from './delays.js';
import type { AwsFault } from './fault.js';
import type { IdGenerator } from './ids.js';
import type { Network } from './network.js';
import type {
  ClassicLoadBalancerRecord,
  GroupRecord,
  InstanceRecord,
  LaunchTemplateRecord,
  LoadBalancerRecord,
  ParameterRecord,
  TargetGroupRecord,
} from './records.js';
import type { ScheduledTask, Scheduler } from './scheduler.js';

/** Everything the account holds. Only actions and scheduled tasks change it. */
export interface AwsState {
  /** The account's time, epoch milliseconds: that of the last tick, or of the task that runs. */
  nowMs: number;
  readonly speed: number;
  readonly region: string;
  readonly accountId: string;
  readonly scheduler: Scheduler;
  readonly ids: IdGenerator;
  readonly instanceBackend: InstanceBackend;
  readonly traffic: Traffic;
  readonly images: Map<string, SandboxImage>;
  readonly network: Network;
  readonly instances: Map<string, InstanceRecord>;
  readonly launchTemplates: Map<string, LaunchTemplateRecord>;
  /** An account as AWS makes them since October 2024: it may not create launch configurations. */
  readonly launchTemplatesOnly: boolean;
  readonly launchConfigurations: Map<string, LaunchConfiguration>;
  readonly groups: Map<string, GroupRecord>;
  /** Classic load balancers, by name. */
  readonly balancers: Map<string, ClassicLoadBalancerRecord>;
  /** What every launch is refused with, while it is set; for tests. */
  launchFault: AwsFault | undefined;
  /** Application and network load balancers, by ARN. */
  readonly loadBalancers: Map<string, LoadBalancerRecord>;
  /** By ARN. */
  readonly targetGroups: Map<string, TargetGroupRecord>;
  /** Of Systems Manager, by name. */
  readonly parameters: Map<string, ParameterRecord>;
}

/** Runs something after one of AWS's own delays, divided by the account's speed. */
export function scheduleAfter(state: AwsState, delay: keyof typeof DELAYS, run: () => void): ScheduledTask {
  return state.scheduler.add(state.nowMs + DELAYS[delay] / state.speed, run);
}

/** Runs something after a time that the caller configured. */
export function scheduleAfterMs(state: AwsState, delayMs: number, run: () => void): ScheduledTask {
  return state.scheduler.add(state.nowMs + delayMs, run);
}

/** The account's time as the SDK's shapes carry it. */
export function currentDate(state: AwsState): Date {
  return new Date(state.nowMs);
}

/** The account's time as Auto Scaling writes it in its sentences. */
export function formatNow(state: AwsState): string {
  const [toTheSecond] = currentDate(state).toISOString().split('.');
  return `${toTheSecond}Z`;
}
