import type { Blueprint } from '../model/blueprint.js';
import type { CreationPlan, PlannedResource, ResourceKind } from '../model/creation.js';
import type { SeenBalancer, SeenGroup, SeenTemplate } from '../ports/creation.js';
import { differencesOf, fieldsAsText } from './differences.js';

/** What is there of a cluster. */
export interface Seen {
  readonly balancer: SeenBalancer | undefined;
  readonly template: SeenTemplate | undefined;
  readonly group: (SeenGroup & { readonly name: string }) | undefined;
}

/** The file held against what is there: equal stays, missing is made, different is refused. In order of the making. */
export function planCreation(blueprint: Blueprint, seen: Seen): CreationPlan {
  const { balancer, template } = blueprint;
  return {
    blueprint,
    resources: [
      ...(balancer === undefined ? [] : [plannedBalancer(balancer, seen.balancer)]),
      plannedTemplate(template, seen),
      plannedGroup(blueprint, seen),
    ],
    launch: seen.template?.launch,
  };
}

function plannedBalancer(
  { name, fields }: NonNullable<Blueprint['balancer']>,
  seen: SeenBalancer | undefined,
): PlannedResource {
  const planned = held('load-balancer', name, fields, seen?.fields);
  return seen?.unfinished ? { ...planned, state: 'unfinished', differences: [] } : planned;
}

/** A roll gives a group another launch configuration, so that of the group is what counts where there is one. */
function plannedTemplate({ kind, name, fields }: Blueprint['template'], { template }: Seen): PlannedResource {
  const found = template?.launch;
  const planned = held(found?.kind ?? kind, found?.name ?? name, fields, template?.fields);
  if (found === undefined || found.kind === kind) return planned;
  const difference = { field: 'launchFrom', is: found.kind, wanted: kind };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

function plannedGroup({ group: { name, fields } }: Blueprint, { group, template }: Seen): PlannedResource {
  const planned = held('group', group?.name ?? name, fields, group?.fields);
  if (group === undefined || template !== undefined) return planned;
  const difference = { field: 'launchFrom', is: 'nothing that create makes', wanted: 'a template' };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

function held(kind: ResourceKind, name: string, wanted: object, seen: object | undefined): PlannedResource {
  const fields = fieldsAsText(wanted);
  if (seen === undefined) return { kind, name, state: 'missing', differences: [], fields };
  const differences = differencesOf(seen, wanted);
  return { kind, name, state: differences.length === 0 ? 'exists' : 'differs', differences, fields };
}
