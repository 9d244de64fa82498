import { readTextFile } from '../lib/config/file-access.js';
import { readOrRefuse, usageError } from '../lib/config/validation.js';
import { formatFlag, formatRollFlags, RollError } from '../lib/model/errors.js';
import type { RollPlan } from '../lib/model/plan.js';
import { toPrintable } from '../lib/model/printable.js';
import { SCHEMA_IDS } from '../lib/output/json/build-parts.js';
import { buildPlanDocument } from '../lib/output/json/documents.js';
import { listPlanChanges } from '../lib/output/json/plan-changes.js';
import { type PlanDocument, planSchema } from '../lib/output/json/schemas.js';
import { formatList } from '../lib/output/text/format.js';
import { clusterFlags, findOption, orderFlags, permissionFlags } from './flags.js';

/** The flags of an order by their names, as `plan --json` has them and `upgrade --plan` follows them. */
type PlannedOptions = PlanDocument['options'];

/** What a flag of the order is to the parser, as far as it matters here. */
interface PlannedFlag {
  readonly type: 'boolean' | 'option';
  readonly allowNo?: boolean;
  readonly aliases?: readonly string[];
}

/** Every flag that a plan decides. `--ami-owner` only helps to find the image, which the plan names by its id. */
const PLANNED_FLAGS = new Map<string, PlannedFlag>(
  Object.entries({ ...clusterFlags, ...orderFlags, ...permissionFlags }).filter(([name]) => name !== 'ami-owner'),
);

/** The options of an order, with the image by its id. What is left to its default by the roll itself is not among them. */
export function listPlannedOptions(flags: Readonly<Record<string, unknown>>, imageId: string): PlannedOptions {
  const isValue = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  const set = [...PLANNED_FLAGS.keys()].filter((name) => isValue(flags[name]));
  const values = Object.fromEntries(set.map((name) => [name, flags[name]])) as PlannedOptions;
  return { ...values, ami: imageId };
}

/**
 * The plan in a file that `plan --out` wrote.
 *
 * @throws RollError `bad-usage` for a file that cannot be read, or is not such a plan
 */
export function readApprovedPlan(path: string): PlanDocument {
  const again = 'write one: consul-roll plan --cluster NAME --ami AMI --out FILE';
  const text = readOrRefuse(() => readTextFile(path), `The plan ${path} cannot be read`, again);
  const document = parsePlan(text);
  if (document === undefined) throw usageError(`${path} is not a plan of this version (${SCHEMA_IDS.plan}).`, again);
  const unknown = Object.entries(document.options).filter(([name, value]) => !isOption(name, value));
  if (unknown.length > 0)
    throw usageError(
      `${path} has options that this version does not know: ${formatList(unknown.map(([name]) => name))}.`,
      again,
    );
  return document;
}

function isOption(name: string, value: unknown): boolean {
  return PLANNED_FLAGS.has(name) && (PLANNED_FLAGS.get(name)?.type === 'boolean') === (typeof value === 'boolean');
}

function parsePlan(text: string): PlanDocument | undefined {
  try {
    return planSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * A command line with the options of an approved plan. They are values like typed ones, and are checked as those are.
 *
 * @throws RollError `bad-usage` where the command line has one of them too, with another value
 */
export function addPlannedOptions({ options }: PlanDocument, argv: readonly string[]): string[] {
  const typedAlike = new Set<string>();
  for (const [name, { type, aliases = [] }] of PLANNED_FLAGS) {
    if (type === 'option' && findOption(argv, name) === String(options[name])) {
      typedAlike.add(name);
      continue;
    }
    const spellings = [name, `no-${name}`, ...aliases].map((one) => `--${one}`);
    const typed = argv.find((word) => spellings.some((one) => word === one || word.startsWith(`${one}=`)));
    if (typed === undefined) continue;
    throw usageError(
      `--plan and ${toPrintable(typed.split('=', 1)[0] ?? '')} cannot be combined: the plan decides it.`,
      'leave it out, or plan the roll with it',
    );
  }
  const added = Object.entries(options).filter(([name]) => !typedAlike.has(name));
  return [...added.flatMap(formatOption), ...argv];
}

function formatOption([name, value]: [string, unknown]): readonly string[] {
  if (typeof value !== 'boolean') return [`--${name}=${String(value)}`];
  if (value) return [`--${name}`];
  return PLANNED_FLAGS.get(name)?.allowNo === true ? [`--no-${name}`] : [];
}

/**
 * Refuses options that were not set when the roll was planned: a variable or a settings file has them.
 *
 * @param describeSource where the value of an option comes from
 * @throws RollError `bad-usage`
 */
export function assertOptionsApproved(
  { options }: PlanDocument,
  flags: Readonly<Record<string, unknown>>,
  describeSource: (name: string) => string,
): void {
  const { ami } = options;
  const added = Object.keys(listPlannedOptions(flags, String(ami))).filter((name) => !(name in options));
  const [first] = added;
  if (first === undefined) return;
  throw usageError(
    `${formatList(added)} is set now (${describeSource(first)}), and was not when the roll was planned.`,
    'unset it, or plan the roll with it',
  );
}

/**
 * Refuses a roll that is not the one that was approved. Where none would begin, what plans it says why.
 *
 * @throws RollError `plan-outdated`, with what has changed; `another-roll` where a roll is in progress
 */
export function assertApproved(approved: PlanDocument, plan: RollPlan): void {
  const { intent, resumed } = plan;
  const { cluster, rollId, imageId } = intent;
  if (resumed) {
    throw new RollError({
      code: 'another-roll',
      message: `A plan begins a roll, and roll ${rollId} onto ${imageId} is in progress in cluster ${cluster}.`,
      kind: 'refused',
      state: 'This command changed nothing.',
      next: `look at it: consul-roll status ${formatFlag('cluster', cluster)}; to continue it: consul-roll resume ${formatRollFlags(intent)}`,
    });
  }
  const { end } = plan;
  if (end.kind === 'stop' || (end.kind === 'done' && end.outcome === 'nothing-to-do')) return;
  // Both as the schema reads them, so that the order of fields does not matter.
  const changes = listPlanChanges(approved, planSchema.parse(buildPlanDocument(plan, 0, approved.options)));
  if (changes.length === 0) return;
  throw new RollError({
    code: 'plan-outdated',
    message: ['The roll would no longer be the one that was approved.', ...changes],
    kind: 'refused',
    state: 'This command changed nothing.',
    next: `plan it again: consul-roll plan ${formatFlag('cluster', cluster)} --ami ${imageId} --out FILE`,
  });
}
