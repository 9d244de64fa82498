/** What groups launch their servers from, and what a roll makes of it. */

/** What a group launches its instances from. */
export type GroupLaunchSource = LaunchConfigurationRef | LaunchTemplateRef | MixedInstancesPolicy;

export interface LaunchConfigurationRef {
  readonly kind: 'launch-configuration';
  readonly name: string;
}

/** A version of a launch template. */
export interface LaunchTemplateRef {
  readonly kind: 'launch-template';
  readonly id: string;
  readonly name: string;
  /** As the group has it: a number, `$Latest` or `$Default`. */
  readonly version: string;
  /** The number that stands for now; undefined where EC2 does not know such a version. */
  readonly resolved: number | undefined;
  /** `resolve:ssm:...`, where the version names its image by a parameter, whose value may change at any time. */
  readonly imageParameter?: string;
}

/** A mixed instances policy: a launch template, with overrides by instance type. */
export interface MixedInstancesPolicy {
  readonly kind: 'mixed';
  readonly launchTemplate: LaunchTemplateRef;
  readonly overrides: readonly InstanceTypeOverride[];
}

/** What a mixed instances policy says of one instance type, as far as a roll cares. */
export interface InstanceTypeOverride {
  /** Undefined where it gives requirements in place of a type. */
  readonly instanceType: string | undefined;
  /** Units one such instance counts for; undefined for 1. */
  readonly weight: string | undefined;
  /** A launch template or an image of its own. */
  readonly launches: string | undefined;
}

/** What the old group was launched from when the roll began. */
export type PreviousLaunchSource = LaunchConfigurationRef | PinnedLaunchTemplate;

/** A launch template as a roll found it. */
export interface PinnedLaunchTemplate {
  readonly kind: 'launch-template';
  readonly id: string;
  readonly name: string;
  /** As the group had it: a number, `$Latest` or `$Default`; to be given back to it, or to its successor. */
  readonly version: string;
  /** The number that stood for; the group is pinned to it while the roll lasts. 0 where there was none. */
  readonly resolved: number;
  /** The template's default version. */
  readonly defaultVersion: number;
  /** The group has it in a mixed instances policy. */
  readonly mixed: boolean;
}

/** What the new group is launched from. */
export type NextLaunchSource =
  | LaunchConfigurationRef
  /** A launch template that the roll makes. */
  | { readonly kind: 'launch-template'; readonly name: string }
  /** A version that the roll adds to the old group's launch template. */
  | { readonly kind: 'launch-template-version'; readonly id: string };

/** What a group can be told to launch from. */
export type LaunchSource =
  | LaunchConfigurationRef
  | {
      readonly kind: 'launch-template';
      readonly id: string;
      readonly name: string;
      /** A number, `$Latest` or `$Default`. */
      readonly version: string;
    };

/** A launch template as it is now. */
export interface LaunchTemplateState {
  readonly id: string;
  readonly name: string;
  readonly defaultVersion: number;
  readonly latestVersion: number;
  /** The version that this roll made, told by its description; undefined where there is none. */
  readonly rollVersion: number | undefined;
}

/** The launch template of a group, in its mixed instances policy or by itself. */
export function findLaunchTemplate(launchSource: GroupLaunchSource): LaunchTemplateRef | undefined {
  if (launchSource.kind === 'launch-configuration') return undefined;
  return launchSource.kind === 'mixed' ? launchSource.launchTemplate : launchSource;
}

/** What the old group launches from while a roll lasts, and after one that went back but for its alias. */
export function buildPreviousLaunchSource(old: PreviousLaunchSource, made: NextLaunchSource): LaunchSource {
  if (old.kind === 'launch-configuration') return old;
  const { kind, id, name } = old;
  // Only a version that the roll adds has an alias stand for another one.
  const version = made.kind === 'launch-template-version' ? String(old.resolved) : old.version;
  return { kind, id, name, version };
}

/** Whether that is what it launches from. */
export function launchesFrom(launchSource: GroupLaunchSource, from: LaunchSource): boolean {
  if (from.kind === 'launch-configuration') {
    return launchSource.kind === 'launch-configuration' && launchSource.name === from.name;
  }
  const launchTemplate = findLaunchTemplate(launchSource);
  return launchTemplate?.id === from.id && launchTemplate.version === from.version;
}

/** True for a version that stands for another number tomorrow. */
export function isAlias(version: string): boolean {
  return version.startsWith('$');
}

/** The same of a group as it is: of a mixed instances policy, its launch template. */
export function formatGroupLaunchSource(launchSource: GroupLaunchSource): string {
  return formatLaunchSource(launchSource.kind === 'mixed' ? launchSource.launchTemplate : launchSource);
}

/** How a group's way to launch is spoken of: `version 3 of the launch template consul`. */
export function formatLaunchSource(from: LaunchSource): string {
  if (from.kind === 'launch-configuration') return `launch configuration ${from.name}`;
  const { version, name } = from;
  return `${isAlias(version) ? version : `version ${version}`} of launch template ${name}`;
}
