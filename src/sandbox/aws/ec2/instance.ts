import type { SandboxImage } from '../../seams.js';
import type { ScheduledTask } from '../agenda.js';
import type { Subnet } from '../network.js';

/** The states of an EC2 instance that the sandbox knows, with EC2's codes. */
export const INSTANCE_STATE_CODES = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;

/** An EC2 instance's state. */
export type InstanceStateName = keyof typeof INSTANCE_STATE_CODES;

/** What to launch, read from a launch configuration or a launch template. */
export interface LaunchSpec {
  readonly image: SandboxImage;
  readonly instanceType: string;
  readonly keyName: string | undefined;
  readonly securityGroupIds: readonly string[];
  readonly iamInstanceProfile: string | undefined;
  /** Base64, as the API carries it. */
  readonly userData: string | undefined;
  readonly ebsOptimized: boolean;
  readonly monitored: boolean;
  readonly volume: { readonly sizeGiB: number; readonly type: string };
  readonly httpTokens: 'optional' | 'required';
  /** Whether the metadata service tells the tags; only a launch template can say so. */
  readonly tagsInMetadata: boolean;
  /** Tags that a launch template gives its instances. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Who wants to know what becomes of an instance: its group. */
export interface InstanceWatch {
  running(): void;
  terminated(): void;
}

/** One EC2 instance, from launch until an hour after its end. */
export interface InstanceRecord {
  readonly instanceId: string;
  readonly reservationId: string;
  readonly interfaceId: string;
  readonly volumeId: string;
  readonly spec: LaunchSpec;
  readonly subnet: Subnet;
  /** Private address; given back when the instance is terminated. */
  readonly address: string;
  readonly launchedMs: number;
  readonly tags: Map<string, string>;
  /** How many servers to expect before a first election; undefined when others ran at its launch. */
  readonly bootstrapExpect: number | undefined;
  readonly watch: InstanceWatch;
  state: InstanceStateName;
  /** Why it left `running`, in EC2's words. */
  stateReason: { readonly code: string; readonly message: string } | undefined;
  transitionReason: string;
  boot: ScheduledTask | undefined;
}

/** Whether the instance holds its address and its machine still. */
export function isAlive(instance: InstanceRecord): boolean {
  return instance.state === 'pending' || instance.state === 'running';
}
