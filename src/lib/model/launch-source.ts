/** What groups launch their servers from, and what a roll creates for that. */

/** What a group launches its instances from. */
export type GroupLaunchSource = LaunchConfigurationRef | LaunchTemplateRef | MixedInstancesPolicy;

export interface LaunchConfigurationRef {
  readonly kind: 'launch-configuration';
  readonly name: string;
}

/** A version of a launch template. */
export interface LaunchTemplateVersion {
  readonly kind: 'launch-template';
  readonly id: string;
  readonly name: string;
  /** A number, `$Latest` or `$Default`. */
  readonly version: string;
}

/** What a group can be set to launch from. */
export type LaunchSource = LaunchConfigurationRef | LaunchTemplateVersion;

/** The version that a group launches from. */
export interface LaunchTemplateRef extends LaunchTemplateVersion {
  /** The number that it resolves to now; undefined if no such version exists. */
  readonly resolved: number | undefined;
  /** `resolve:ssm:...`, if the version names its image by a parameter, whose value may change at any time. */
  readonly imageParameter?: string;
}

/** A mixed instances policy: a launch template, with overrides by instance type. */
export interface MixedInstancesPolicy {
  readonly kind: 'mixed';
  readonly launchTemplate: LaunchTemplateRef;
  readonly overrides: readonly InstanceTypeOverride[];
}

/** The settings of one instance type in a mixed instances policy, as far as a roll needs them. */
export interface InstanceTypeOverride {
  /** Undefined if it gives requirements instead of a type. */
  readonly instanceType: string | undefined;
  /** Units that one such instance counts as; undefined for 1. */
  readonly weight: string | undefined;
  /** A launch template or an image of its own. */
  readonly launches: string | undefined;
}

/** What the old group was launched from when the roll began. */
export type PreviousLaunchSource = LaunchConfigurationRef | PinnedLaunchTemplate;

/** A launch template as it was when the roll began. The roll gives its version back to the group, or to the new group. */
export interface PinnedLaunchTemplate extends LaunchTemplateVersion {
  /** The number that it resolved to; the group is pinned to it during the roll. 0 if the version did not exist. */
  readonly resolved: number;
  /** The template's default version. */
  readonly defaultVersion: number;
  /** True if the group has it in a mixed instances policy. */
  readonly mixed: boolean;
}

/** What the new group is launched from. */
export type NextLaunchSource =
  | LaunchConfigurationRef
  /** A launch template that the roll creates. */
  | { readonly kind: 'launch-template'; readonly name: string }
  /** A version that the roll adds to the old group's launch template. */
  | { readonly kind: 'launch-template-version'; readonly id: string };

/** A launch template as it is now. */
export interface LaunchTemplateState {
  readonly id: string;
  readonly name: string;
  readonly defaultVersion: number;
  readonly latestVersion: number;
  /** The version that this roll created, recognised by its description; undefined until it exists. */
  readonly rollVersion: number | undefined;
}

/** The launch configuration; undefined for any other launch source. */
export function asLaunchConfiguration(launchSource: { readonly kind: string }): LaunchConfigurationRef | undefined {
  return launchSource.kind === 'launch-configuration' ? (launchSource as LaunchConfigurationRef) : undefined;
}

/** The launch template; undefined for any other launch source. */
export function asLaunchTemplate<Source extends { readonly kind: string }>(source: Source) {
  return source.kind === 'launch-template' ? (source as Extract<Source, { kind: 'launch-template' }>) : undefined;
}

/** True for a launch configuration, which nothing can change; a version may resolve to another number later. */
export function isImmutable(launchSource: GroupLaunchSource): boolean {
  return launchSource.kind === 'launch-configuration';
}

/** The launch template of a group, which may be in its mixed instances policy. */
export function findLaunchTemplate(launchSource: GroupLaunchSource): LaunchTemplateRef | undefined {
  return launchSource.kind === 'mixed' ? launchSource.launchTemplate : asLaunchTemplate(launchSource);
}

/** The settings of each instance type in the mixed instances policy of a group; empty without such a policy. */
export function listOverrides(launchSource: GroupLaunchSource | undefined): readonly InstanceTypeOverride[] {
  return launchSource?.kind === 'mixed' ? launchSource.overrides : [];
}

/** What the old group launches from during a roll, and after a rollback until it gets its alias back. */
export function buildPreviousLaunchSource(old: PreviousLaunchSource, next: NextLaunchSource): LaunchSource {
  if (old.kind === 'launch-configuration') return old;
  // An alias changes its meaning only if the roll adds a version.
  return withVersion(old, next.kind === 'launch-template-version' ? String(old.resolved) : old.version);
}

/** Another version of a launch template. */
export function withVersion({ kind, id, name }: PinnedLaunchTemplate, version: string): LaunchSource {
  return { kind, id, name, version };
}

/** True if a group with this launch source launches from `from`. */
export function launchesFrom(launchSource: GroupLaunchSource, from: LaunchSource): boolean {
  return isSameLaunchSource(findLaunchTemplate(launchSource) ?? (launchSource as LaunchConfigurationRef), from);
}

/** True if a group with this launch source launches from any version of what was recorded. */
export function launchesFromAny(
  launchSource: GroupLaunchSource | LaunchSource,
  recorded: PreviousLaunchSource,
): boolean {
  if (recorded.kind === 'launch-template') {
    const launchTemplate = launchSource.kind === 'mixed' ? launchSource.launchTemplate : asLaunchTemplate(launchSource);
    return launchTemplate?.id === recorded.id;
  }
  return launchSource.kind === recorded.kind && launchSource.name === recorded.name;
}

export function isSameLaunchSource(one: LaunchSource, other: LaunchSource): boolean {
  if (one.kind === 'launch-configuration') return other.kind === one.kind && other.name === one.name;
  return other.kind === one.kind && other.id === one.id && other.version === one.version;
}

/** True for `$Latest` and `$Default`, which may resolve to another number later. */
export function isAlias(version: string): boolean {
  return version.startsWith('$');
}

/** The launch source of a group in words; of a mixed instances policy, its launch template. */
export function formatGroupLaunchSource(launchSource: GroupLaunchSource): string {
  return formatLaunchSource(findLaunchTemplate(launchSource) ?? (launchSource as LaunchConfigurationRef));
}

/** With the id, and the number that an alias resolves to now: `$Latest (3) of launch template consul (lt-0a1)`. */
export function formatResolvedLaunchSource(launchSource: GroupLaunchSource): string {
  const template = findLaunchTemplate(launchSource);
  if (template === undefined) return formatGroupLaunchSource(launchSource);
  const resolved = isAlias(template.version) ? ` (${template.resolved ?? 'no version'})` : '';
  return `${template.version}${resolved} of launch template ${template.name} (${template.id})`;
}

/** A launch source in words: `version 3 of launch template consul`. */
export function formatLaunchSource(from: LaunchSource): string {
  if (from.kind === 'launch-configuration') return `launch configuration ${from.name}`;
  const { version, name } = from;
  return `${isAlias(version) ? version : `version ${version}`} of launch template ${name}`;
}
