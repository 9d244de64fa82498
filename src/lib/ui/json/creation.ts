import type { CreationPlan, CreationResult } from '../../model/creation.js';
import { nextSteps } from '../reports/creation.js';
import { clusterJson, serversJson } from './survey.js';

const SCHEMA = 1;

/** `create --dry-run --json`. */
export function creationPlanJson(plan: CreationPlan, exitCode: number) {
  const { cluster, size } = plan.blueprint;
  return { schema: SCHEMA, exitCode, cluster, size, resources: resourcesJson(plan) };
}

/** `create --json`. */
export function creationJson(result: CreationResult, exitCode: number) {
  const { outcome, plan, survey, dnsName, lacking, elapsedMs } = result;
  return {
    schema: SCHEMA,
    exitCode,
    outcome,
    cluster: plan.blueprint.cluster,
    size: plan.blueprint.size,
    resources: resourcesJson(plan),
    lacking,
    loadBalancer: dnsName ?? null,
    state: survey === undefined ? null : clusterJson(survey),
    servers: serversJson(survey, false),
    elapsedMs,
    next: nextSteps(result),
  };
}

function resourcesJson({ resources }: CreationPlan) {
  return resources.map(({ kind, name, state, fields, differences }) => ({
    kind,
    name,
    state,
    fields,
    differences: differences.map(({ field, is, wanted }) => ({
      field,
      is: is ?? null,
      wanted: wanted ?? null,
    })),
  }));
}
