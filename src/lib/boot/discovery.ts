import type { BootOptions, BootTag } from './options.js';

/** EC2 takes `*` and `?` in a filter for wildcards; a backslash before them takes that away. */
function literal(value: string): string {
  return value.replace(/[\\*?]/g, '\\$&');
}

/**
 * DescribeInstances' filters, as JSON: the shorthand of the command line would split a value at its commas.
 * Instances that boot are asked for too: they have their address already, and those that start together find each
 * other whoever is first.
 */
export function instanceFilters(tags: readonly BootTag[]): string {
  const byTag = tags.map(({ key, value }) => ({ Name: `tag:${key}`, Values: [literal(value)] }));
  const byState = { Name: 'instance-state-name', Values: ['pending', 'running'] };
  return JSON.stringify([...byTag, byState]);
}

/**
 * The beginning of a cloud auto-join entry, as JSON without its closing quote; the instance adds its region.
 * Values are quoted as Consul 1.0 and later read them.
 */
export function autoJoinPrefix({ key, value }: BootTag): string {
  const entry = `provider=aws tag_key=${joinValue(key)} tag_value=${joinValue(value)} region=`;
  return JSON.stringify(entry).slice(0, -1);
}

function joinValue(value: string): string {
  if (!/[\s="\\]/.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Whether the script has to list the cluster's instances: to join them, or to know whether it may found. */
export function listsInstances({ peers, bootstrapExpect }: BootOptions): boolean {
  return peers === 'describe-instances' || bootstrapExpect > 0;
}
