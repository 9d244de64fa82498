import type {
  BalancerFields,
  Blueprint,
  GroupFields,
  LaunchKind,
  TemplateFields,
} from '../model/blueprint.js';
import type { LaunchFrom } from '../model/template.js';

/**
 * What `create` needs of AWS, besides `Cloud`. Looking answers undefined for what is not there. What makes something
 * throws RollError `made-meanwhile` where somebody else was faster, or an earlier try of its own.
 */
export interface Creation {
  /** Of an image, for instance `/dev/xvda`. */
  rootDevice(imageId: string): Promise<string | undefined>;
  balancer(name: string): Promise<SeenBalancer | undefined>;
  /** The default version where none is named. */
  template(kind: LaunchKind, name: string, version?: string): Promise<SeenTemplate | undefined>;
  group(name: string): Promise<SeenGroup | undefined>;
  /** Makes it, or brings one that is unfinished to its end. */
  createBalancer(name: string, fields: BalancerFields): Promise<void>;
  createTemplate(template: Blueprint['template']): Promise<LaunchFrom>;
  /** At its size at once, behind its load balancers; tagged with the cluster. */
  createGroup(name: string, fields: GroupFields, launch: LaunchFrom, cluster: string): Promise<void>;
  close(): void;
}

export interface SeenBalancer {
  readonly fields: BalancerFields;
  /** It takes several calls, and whoever made it did not come to their end. */
  readonly unfinished: boolean;
  readonly dnsName: string;
}

export interface SeenTemplate {
  readonly fields: TemplateFields;
  readonly launch: LaunchFrom;
}

export interface SeenGroup {
  readonly fields: GroupFields;
  /** Undefined for a mixed instances policy. */
  readonly launch: LaunchFrom | undefined;
}
