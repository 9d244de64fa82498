import { limitLength } from '../../model/printable.js';
import type { PlanDocument } from './schemas.js';

/** As many changes as fit on a screen, of so many characters each. */
const MAX_CHANGES = 8;
const MAX_LENGTH = 300;

/**
 * What a plan made now has other than an approved one: where it happens, what the cluster runs on, its servers, and the
 * steps. Ages, estimates and the id of the roll are not compared.
 *
 * @returns a sentence each, the first of them if there are many; empty where the approved roll is the one that would run
 */
export function listPlanChanges(approved: PlanDocument, now: PlanDocument): readonly string[] {
  const facts = listFacts(now);
  const changed = listFacts(approved).flatMap(([what, was], index) => {
    const is = facts[index]?.[1];
    return was === is ? [] : `${what} is ${is ?? 'unknown'}, and was ${was ?? 'unknown'}`;
  });
  const servers = listServerChanges(approved, now);
  const steps = changed.length + servers.length > 0 ? [] : findStepChange(approved, now);
  const all = [...changed, ...servers, ...steps].map((one) => limitLength(one, MAX_LENGTH));
  const more = all.length - MAX_CHANGES;
  return more <= 0 ? all : [...all.slice(0, MAX_CHANGES), `and ${more} more`];
}

function listFacts({ where, from, to, size, surge, strategy }: PlanDocument) {
  const facts: readonly (readonly [string, string | number | null | undefined])[] = [
    ['the account', where?.account],
    ['the region', where?.region],
    ['the image of the cluster', from.image],
    ['its launch source', from.launchSource],
    ['the target image', to.image],
    ['its size', size],
    ['the surge', surge],
    ['the strategy', strategy],
  ];
  return facts;
}

function listServerChanges(approved: PlanDocument, now: PlanDocument): readonly string[] {
  const format = ({ instanceId, address, image, consul, voter }: PlanDocument['servers'][number]) =>
    [instanceId, address, image, consul, voter ? 'voter' : 'no vote'].join(' ');
  const before = approved.servers.map(format);
  const after = now.servers.map(format);
  return [
    ...before.filter((one) => !after.includes(one)).map((one) => `a server is no longer as it was: ${one}`),
    ...after.filter((one) => !before.includes(one)).map((one) => `a server is new or has changed: ${one}`),
  ];
}

/** The first step that differs: the others follow from it. */
function findStepChange(approved: PlanDocument, now: PlanDocument): readonly string[] {
  const before = listSteps(approved);
  const after = listSteps(now);
  const index = before.findIndex((step, at) => step !== after[at]);
  const first = index >= 0 ? index : before.length;
  if (first === after.length && first === before.length) return [];
  const isAlike = approved.steps[first]?.what === now.steps[first]?.what;
  const say = ({ steps, end }: PlanDocument) => {
    const { what, why, instanceIds, margin } = steps[first] ?? { what: `the end of the roll, ${formatEnd(end)}` };
    const voters = margin ? `${margin.healthy} of ${margin.voters} voters healthy` : 'voters unknown';
    return isAlike && why !== undefined ? [what, why, ...(instanceIds ?? []), voters].join(', ') : what;
  };
  return [`step ${first + 1} is "${say(now)}", and was "${say(approved)}"`];
}

function formatEnd(end: PlanDocument['end']): string {
  return 'outcome' in end ? end.outcome : end.kind;
}

/** Every step as text, with a fixed text for the id of the roll, which is new in each plan. */
function listSteps({ steps, end, rollId }: PlanDocument): readonly string[] {
  const format = (value: object) => {
    const text = JSON.stringify(value);
    return rollId === null ? text : text.replaceAll(rollId, 'ROLL');
  };
  return [...steps.map(format), format(end)];
}
