import type { Tracked } from './tracked.js';

/** One `import` block. */
export interface Import {
  /** The resource's address. */
  readonly to: string;
  /** What AWS's provider calls it. */
  readonly id: string;
}

/** A resource that belongs to the old group, and what becomes of it; its copy stands on the new group already. */
export interface Attached {
  readonly address: string;
  /** The copy's id; undefined for a kind the provider cannot import: Terraform makes it again, which changes nothing. */
  readonly importId: string | undefined;
}

/** How the resources that name a group do so, and their import ids. */
interface Kind {
  readonly group: string;
  readonly importId?: (group: string, values: Tracked['values']) => string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  aws_autoscaling_attachment: { group: 'autoscaling_group_name' },
  aws_autoscaling_group_tag: {
    group: 'autoscaling_group_name',
    importId: (group, { tag }) => `${group},${text(Array.isArray(tag) ? tag[0]?.key : undefined)}`,
  },
  aws_autoscaling_lifecycle_hook: {
    group: 'autoscaling_group_name',
    importId: (group, { name }) => `${group}/${text(name)}`,
  },
  aws_autoscaling_notification: { group: 'group_names' },
  aws_autoscaling_policy: {
    group: 'autoscaling_group_name',
    importId: (group, { name }) => `${group}/${text(name)}`,
  },
  aws_autoscaling_schedule: {
    group: 'autoscaling_group_name',
    importId: (group, { scheduled_action_name: name }) => `${group}/${text(name)}`,
  },
  aws_autoscaling_traffic_source_attachment: { group: 'autoscaling_group_name' },
};

/** Every resource of the state that is a part of the old group without being it. */
export function attachedTo(tracked: readonly Tracked[], oldGroup: string, newGroup: string): Attached[] {
  return tracked.flatMap(({ address, type, values }) => {
    const kind = KINDS[type];
    if (kind === undefined || !names(values[kind.group], oldGroup)) return [];
    return [{ address, importId: kind.importId?.(newGroup, values) }];
  });
}

function names(value: unknown, group: string): boolean {
  return Array.isArray(value) ? value.includes(group) : value === group;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
