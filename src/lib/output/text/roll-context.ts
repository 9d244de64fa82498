import { formatImageReference, type ImageReference } from '../../model/image-reference.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { MachineImage } from '../../model/observation.js';
import type { RollPlan } from '../../model/plan.js';
import { type CallerIdentity, type RollContext, UNKNOWN_CONTEXT } from '../../model/roll-context.js';
import { formatCount, formatWholeDuration } from './format.js';

const MINUTE_MS = 60_000;
/** The largest unit that an age has at least one of. */
const AGE_UNITS = [
  ['d', 24 * 60 * MINUTE_MS],
  ['h', 60 * MINUTE_MS],
  ['min', MINUTE_MS],
] as const;

/** How old something is: `2 h old`, `41 d old`. */
export function formatAge(createdAtMs: number, nowMs: number): string {
  const ageMs = Math.max(0, nowMs - createdAtMs);
  const [unit, unitMs] = AGE_UNITS.find(([, ms]) => ageMs >= ms) ?? ['min', MINUTE_MS];
  return `${Math.floor(ageMs / unitMs)} ${unit} old`;
}

/** `consul-v2 (ami-0abc, 2 h old)`, as far as it is known. */
export function describeImage(id: string, image: MachineImage | undefined, nowMs: number): string {
  const age = image?.createdAtMs === undefined ? [] : [formatAge(image.createdAtMs, nowMs)];
  return image?.name ? `${image.name} (${[id, ...age].join(', ')})` : [id, ...age.map((text) => `(${text})`)].join(' ');
}

/** `123456789012/eu-west-1 (prod)`. */
export function describePlace({ account, alias, region }: CallerIdentity): string {
  return `${account}/${region}${alias === undefined ? '' : ` (${alias})`}`;
}

/** `name:consul-* is consul-v2 (ami-0abc, 2 h old)`; undefined where the reference is the id itself. */
export function describeResolvedImage(reference: ImageReference, plan: RollPlan): string | undefined {
  if (reference.kind === 'id') return undefined;
  const { intent, context, observation } = plan;
  return `${formatImageReference(reference)} is ${describeImage(intent.imageId, context.to, observation.atMs)}`;
}

/** That a new server is expected to take longer than it may; undefined where it is not. */
export function describeShortTimeout({ estimate }: RollPlan, { healthTimeoutMs }: Limits): string | undefined {
  const boot = estimate?.parts.find(({ kind }) => kind === 'boot');
  if (boot === undefined || boot.eachMs <= healthTimeoutMs) return undefined;
  return `a new server is expected to take ${formatWholeDuration(boot.eachMs)} to boot and pass its gates, and --health-timeout allows ${formatWholeDuration(healthTimeoutMs)}: the roll may be rolled back.`;
}

/** Without what the place says already: `assumed-role/ci/run-17` of its ARN. */
export function parseCallerName(arn: string): string {
  return arn.split(':').slice(5).join(':') || arn;
}

/** The question before a roll: what, where, and onto which image. */
export function describeRollQuestion({ intent, context, observation, resumed }: RollPlan): string {
  const where = context.caller === undefined ? '' : ` in ${describePlace(context.caller)}`;
  return `${describeVerb(intent, resumed)} ${intent.cluster}${where} ${describeAim({ intent, context, observation })}?`;
}

function describeVerb({ direction }: Intent, resumed: boolean): string {
  if (direction === 'rollback') return 'Roll back';
  return resumed ? 'Continue the roll of' : 'Roll';
}

function describeAim({ intent, context, observation }: Pick<RollPlan, 'intent' | 'context' | 'observation'>): string {
  const { from, to } = context;
  const { atMs } = observation;
  if (intent.direction === 'forward') return `onto ${describeImage(intent.imageId, to, atMs)}`;
  const old = from?.id ?? observation.old?.imageId;
  return old === undefined ? 'to the old image' : `to ${describeImage(old, from, atMs)}`;
}

/** Where a roll happens, as far as it is known: one in progress continues without. */
export function describeWhere({ caller }: RollContext, describeCaller: (arn: string) => string): string {
  if (caller === undefined) return 'in an account that AWS did not name (sts:GetCallerIdentity)';
  return `in ${describePlace(caller)}, as ${describeCaller(caller.arn)}`;
}

/** What a roll is, in the log: its servers, its images and its place. */
export function listStartLines(intent: Intent, context: RollContext | undefined, nowMs: number): string[] {
  const { from, to } = context ?? UNKNOWN_CONTEXT;
  const old = from === undefined ? '' : `, from ${describeImage(from.id, from, nowMs)}`;
  return [
    `roll of ${formatCount(intent.size, 'server')} of ${intent.cluster} onto ${describeImage(intent.imageId, to, nowMs)}${old}`,
    ...(context === undefined ? [] : [describeWhere(context, (arn) => arn)]),
  ];
}
