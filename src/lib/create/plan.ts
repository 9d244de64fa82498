import type { Blueprint } from '../model/blueprint.js';
import type { CreationPlan, PlannedResource, ResourceKind } from '../model/creation.js';
import type { SeenBalancer, SeenGroup, SeenTemplate } from '../ports/creation.js';
import { differencesOf, fieldsAsText } from './differences.js';
import { type ByFileKey, byFileKey } from './file-keys.js';

/** What is there of a cluster. */
export interface Seen {
  readonly balancer: SeenBalancer | undefined;
  readonly template: SeenTemplate | undefined;
  readonly group: (SeenGroup & { readonly name: string }) | undefined;
}

/** The file held against what is there: equal stays, missing is made, different is refused. In order of the making. */
export function planCreation(blueprint: Blueprint, seen: Seen): CreationPlan {
  const { balancer } = blueprint;
  return {
    blueprint,
    resources: [
      ...(balancer === undefined ? [] : [plannedBalancer(balancer, seen.balancer, blueprint)]),
      plannedTemplate(blueprint, seen),
      plannedGroup(blueprint, seen),
    ],
    launch: seen.template?.launch,
  };
}

function plannedBalancer(
  { name, fields }: NonNullable<Blueprint['balancer']>,
  seen: SeenBalancer | undefined,
  blueprint: Blueprint,
): PlannedResource {
  const [wanted, is] = bothByFileKey('balancer', blueprint, fields, seen?.fields);
  const planned = held('load-balancer', name, wanted, is);
  return seen?.unfinished ? { ...planned, state: 'unfinished', differences: [] } : planned;
}

/** A roll gives a group another launch configuration, so that of the group is what counts where there is one. */
function plannedTemplate(blueprint: Blueprint, { template }: Seen): PlannedResource {
  const { kind, name, fields } = blueprint.template;
  const found = template?.launch;
  const [wanted, is] = bothByFileKey('template', blueprint, fields, template?.fields);
  const planned = held(found?.kind ?? kind, found?.name ?? name, wanted, is);
  if (found === undefined || found.kind === kind) return planned;
  const difference = { field: 'launchFrom', is: found.kind, wanted: kind };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

function plannedGroup(blueprint: Blueprint, { group, template }: Seen): PlannedResource {
  const { name, fields } = blueprint.group;
  const [wanted, is] = bothByFileKey('group', blueprint, fields, group?.fields);
  const planned = held('group', group?.name ?? name, wanted, is);
  if (group === undefined || template !== undefined) return planned;
  const difference = { field: 'launchFrom', is: 'nothing that create makes', wanted: 'a template' };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

function bothByFileKey(
  part: Parameters<typeof byFileKey>[0],
  blueprint: Blueprint,
  wanted: object,
  seen: object | undefined,
): readonly [ByFileKey, ByFileKey | undefined] {
  return [byFileKey(part, wanted, blueprint), seen && byFileKey(part, seen, blueprint)];
}

function held(
  kind: ResourceKind,
  name: string,
  wanted: ByFileKey,
  seen: ByFileKey | undefined,
): PlannedResource {
  const fields = fieldsAsText(wanted);
  if (seen === undefined) return { kind, name, state: 'missing', differences: [], fields };
  const differences = differencesOf(seen, wanted);
  return { kind, name, state: differences.length === 0 ? 'exists' : 'differs', differences, fields };
}
