/** What `create` makes of a cluster file. The fields are what is compared with what is there, so lists that AWS keeps in any order are sorted. */

export interface Blueprint {
  readonly cluster: string;
  readonly size: number;
  readonly balancer: { readonly name: string; readonly fields: BalancerFields } | undefined;
  readonly template: {
    readonly kind: LaunchKind;
    readonly name: string;
    readonly fields: TemplateFields;
    /** The key of the file that its user data comes from. */
    readonly script: 'boot' | 'userDataFile';
  };
  readonly group: { readonly name: string; readonly fields: GroupFields };
}

export type LaunchKind = 'launch-template' | 'launch-configuration';

/** A classic load balancer. */
export interface BalancerFields {
  readonly internal: boolean;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** By port. */
  readonly listeners: readonly ListenerFields[];
  readonly target: string;
  readonly intervalS: number;
  readonly timeoutS: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** 0 where it does not drain. */
  readonly drainingS: number;
  readonly crossZone: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Protocols in upper case, as AWS has them. */
export interface ListenerFields {
  readonly port: number;
  readonly protocol: string;
  readonly instancePort: number;
  readonly instanceProtocol: string;
  readonly certificate?: string;
}

/** A launch configuration, or one version of a launch template. */
export interface TemplateFields {
  readonly image: string;
  readonly instanceType: string;
  readonly securityGroups: readonly string[];
  /** Name or ARN. */
  readonly instanceProfile: string;
  readonly keyName: string | undefined;
  /** Undefined where the subnet decides. */
  readonly publicAddress: boolean | undefined;
  /** Undefined where the image decides. */
  readonly rootVolume: VolumeFields | undefined;
  /** `required` is IMDSv2 alone. */
  readonly metadataTokens: string;
  readonly metadataHops: number;
  /** Base64. Never shown: it may hold more than it should. */
  readonly userData: string;
}

export interface VolumeFields {
  readonly device: string;
  readonly sizeGiB: number;
  readonly type: string;
  readonly encrypted: boolean;
}

export interface GroupFields {
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
  readonly subnets: readonly string[];
  readonly balancers: readonly string[];
  readonly targetGroups: readonly string[];
  readonly healthType: string;
  readonly graceS: number;
  readonly terminationPolicies: readonly string[];
  /** Of the group and of what it launches; without those of AWS and of consul-roll. */
  readonly tags: Readonly<Record<string, string>>;
  /** By name. */
  readonly hooks: readonly HookFields[];
}

export interface HookFields {
  readonly name: string;
  readonly on: 'launching' | 'terminating';
  readonly timeoutS: number;
  readonly otherwise: string;
}
