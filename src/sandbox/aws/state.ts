import type { LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import type { Machines, SandboxImage, Traffic } from '../seams.js';
import type { Agenda, AgendaEntry } from './agenda.js';
import type { GroupRecord } from './autoscaling/group.js';
import type { BalancerRecord } from './balancing/balancer.js';
import { delays } from './delays.js';
import type { InstanceRecord } from './ec2/instance.js';
import type { TemplateRecord } from './ec2/launch-template.js';
import type { LoadBalancerRecord } from './elbv2/load-balancer.js';
import type { TargetGroupRecord } from './elbv2/target-group.js';
import type { AwsFault } from './fault.js';
import type { Identities } from './identity.js';
import type { Network } from './network.js';

/** Everything the account holds. Only the actions and the entries of the agenda change it. */
export interface WorldState {
  /** The world's time, epoch milliseconds: that of the last tick, or of the agenda entry that runs. */
  nowMs: number;
  readonly speed: number;
  readonly region: string;
  readonly accountId: string;
  readonly agenda: Agenda;
  readonly ids: Identities;
  readonly machines: Machines;
  readonly traffic: Traffic;
  readonly images: ReadonlyMap<string, SandboxImage>;
  readonly network: Network;
  readonly instances: Map<string, InstanceRecord>;
  readonly templates: Map<string, TemplateRecord>;
  /** An account as AWS makes them since October 2024: it may not create launch configurations. */
  readonly launchTemplatesOnly: boolean;
  readonly launchConfigurations: Map<string, LaunchConfiguration>;
  readonly groups: Map<string, GroupRecord>;
  /** Classic load balancers, by name. */
  readonly balancers: Map<string, BalancerRecord>;
  /** What every launch is refused with, while it is set; for tests. */
  launchFault: AwsFault | undefined;
  /** Application and network load balancers, by ARN. */
  readonly loadBalancers: Map<string, LoadBalancerRecord>;
  /** By ARN. */
  readonly targetGroups: Map<string, TargetGroupRecord>;
}

/** Runs something after one of AWS's own delays, divided by the world's speed. */
export function after(state: WorldState, delay: keyof typeof delays, run: () => void): AgendaEntry {
  return state.agenda.add(state.nowMs + delays[delay] / state.speed, run);
}

/** Runs something after a time that the caller configured. */
export function afterMs(state: WorldState, delayMs: number, run: () => void): AgendaEntry {
  return state.agenda.add(state.nowMs + delayMs, run);
}

/** The world's time as the SDK's shapes carry it. */
export function now(state: WorldState): Date {
  return new Date(state.nowMs);
}

/** The world's time as Auto Scaling writes it in its sentences. */
export function nowText(state: WorldState): string {
  const [toTheSecond] = now(state).toISOString().split('.');
  return `${toTheSecond}Z`;
}
