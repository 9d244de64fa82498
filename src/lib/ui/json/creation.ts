import type { CreationPlan, CreationResult } from '../../model/creation.js';
import { stateDocument } from '../events/server-document.js';
import { nextSteps } from '../reports/creation.js';
import { SCHEMA_IDS } from './schema-ids.js';
import type { CreationDocument, CreationPlanDocument } from './schemas/creation.js';
import { serversJson } from './survey.js';

/** `create --dry-run --json`. */
export function creationPlanJson(plan: CreationPlan, exitCode: number): CreationPlanDocument {
  const { cluster, size } = plan.blueprint;
  return { schema: SCHEMA_IDS['creation-plan'], exitCode, cluster, size, resources: resourcesJson(plan) };
}

/** `create --json`. */
export function creationJson(result: CreationResult, exitCode: number): CreationDocument {
  const { outcome, plan, survey, dnsName, lacking, elapsedMs } = result;
  return {
    schema: SCHEMA_IDS.creation,
    exitCode,
    outcome,
    cluster: plan.blueprint.cluster,
    size: plan.blueprint.size,
    resources: resourcesJson(plan),
    lacking,
    loadBalancer: dnsName ?? null,
    state: survey === undefined ? null : stateDocument(survey),
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
