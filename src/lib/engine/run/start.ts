import { RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import type { OldTemplate } from '../../model/launch-source.js';
import { balancersOf } from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import { EXIT } from '../../model/outcome.js';
import { isAlive, type LockHolder, type Order } from '../../model/plan.js';
import { hostOf } from '../../model/server.js';
import type { Engine } from '../engine.js';
import { locate, underWay } from '../observe/find-cluster.js';
import {
  configurationsOf,
  newTemplateFor,
  oldTemplateOf,
  soughtTemplate,
} from '../observe/launch-sources.js';
import { type Scene, takeSurvey } from '../observe/observe.js';
import { gatherFacts } from '../observe/preflight-facts.js';
import { readLock } from './lock.js';
import { patiently } from './retry.js';

/** Everything a roll or a plan starts from. */
export interface Beginning {
  readonly intent: Intent;
  readonly scene: Scene;
  /** The first look, with the facts in it where no roll has begun. */
  readonly survey: Survey;
  readonly resumed: boolean;
}

/**
 * Finds the cluster, takes up the roll that is recorded on it or makes a new intent of the order, and looks.
 *
 * @throws RollError exit 3 when the cluster is not found or ambiguous, another roll is recorded on it, or it cannot
 *   be read; exit 5 in place of that where a roll is under way, and exit 7 where somebody seems to be running the other
 */
export async function begin(engine: Engine, order: Order, signal?: AbortSignal): Promise<Beginning> {
  const read = <Found>(what: () => Promise<Found>) => patiently(engine.clock, order.intervalMs, what, signal);
  const located = await read(() => locate(engine.cloud, order.cluster, order.group)).catch((thrown) => {
    throw meansToCarryOn(order) ? underWay(thrown, order.cluster, undefined) : thrown;
  });
  const { old, new: group, recorded } = located;
  if (recorded !== undefined && isOtherImage(recorded, order)) {
    const holder = await holderOf(engine, sceneOf(recorded, [old, group])).catch(() => undefined);
    throw otherImage(recorded, order, holder && isAlive(holder, engine.clock.now()) ? holder : undefined);
  }
  const intent = recorded
    ? carriedOn(recorded, order)
    : intentFrom(order, old, engine.newRollId(), engine.clock.now());
  const scene = sceneOf(intent, [old, group]);
  const survey = await read(() => takeSurvey(engine, scene)).catch((thrown) => {
    throw recorded === undefined ? thrown : underWay(thrown, order.cluster, recorded);
  });
  if (recorded !== undefined || survey.old === undefined) {
    return { intent, scene, survey, resumed: true };
  }
  const begun = survey.old;
  const facts = await read(() => gatherFacts(engine, begun, intent, survey));
  const fromVersion = versionOfLeader(survey);
  return {
    intent: { ...intent, fromVersion, oldTemplate: withDefault(intent.oldTemplate, survey) },
    scene: { ...scene, facts },
    survey: { ...survey, facts },
    resumed: false,
  };
}

/** Who does not name an image knows of a roll. */
function meansToCarryOn(order: Order): boolean {
  return order.imageId === undefined || order.goBack === true;
}

function withDefault(template: OldTemplate, { launchTemplate }: Survey): OldTemplate {
  if (template.kind !== 'launch-template') return template;
  return { ...template, defaultVersion: launchTemplate?.defaultVersion ?? 0 };
}

function versionOfLeader(survey: Survey): string | undefined {
  const leader = survey.servers.find((server) => server.peer?.leader);
  return leader?.agent.kind === 'up' ? leader.agent.version : undefined;
}

/** What to look at for a roll; the load balancers are those of whichever group is attached to them. */
export function sceneOf(intent: Intent, groups: readonly (Group | undefined)[]): Scene {
  return {
    cluster: intent.cluster,
    oldGroup: intent.oldGroup,
    newGroup: intent.newGroup,
    fresh: { imageId: intent.imageId, template: intent.newTemplate },
    templates: configurationsOf(intent),
    launchTemplate: soughtTemplate(intent),
    balancers: [...new Set(groups.flatMap((group) => (group === undefined ? [] : balancersOf(group))))],
    facts: undefined,
  };
}

function isOtherImage(recorded: Intent, { imageId }: Order): boolean {
  return imageId !== undefined && recorded.imageId !== imageId;
}

/** Who holds the lock of the cluster in this scene. */
async function holderOf(engine: Engine, scene: Scene): Promise<LockHolder | undefined> {
  const { raft } = await takeSurvey(engine, scene);
  return raft && readLock(engine, scene.cluster, hostOf(raft.leader));
}

/** The recorded roll, turned back where that is asked for. */
function carriedOn(recorded: Intent, order: Order): Intent {
  if (!order.goBack) return recorded;
  const allowDowngrade = order.allowDowngrade || recorded.allowDowngrade;
  return { ...recorded, direction: 'back', allowDowngrade };
}

function intentFrom(order: Order, old: Group | undefined, rollId: string, nowMs: number): Intent {
  if (order.imageId === undefined) throw nothingRecorded(order.cluster);
  if (old === undefined) throw new Error('a roll needs a group to start from');
  const { minSize, maxSize, desired, suspended } = old;
  const inPlace = order.strategy === 'in-place';
  const oldTemplate = oldTemplateOf(old.template);
  const name = `${order.cluster}-${rollId}`;
  // A roll id that happens to be the last one's must not make a group its own successor.
  const taken = [old.name, oldTemplate.name];
  const successor = taken.includes(name) ? `${name}-2` : name;
  return {
    rollId,
    cluster: order.cluster,
    direction: 'forward',
    imageId: order.imageId,
    size: desired,
    surge: order.surge ?? (inPlace ? 1 : desired),
    oldGroup: old.name,
    oldTemplate,
    newGroup: inPlace ? old.name : successor,
    newTemplate: newTemplateFor(oldTemplate, order.template ?? 'auto', successor),
    was: { minSize, maxSize, desired, suspended },
    keepOld: order.keepOld,
    startedAtMs: nowMs,
  };
}

/** There is no roll to carry on with, to go back from or to pause. */
export function nothingRecorded(cluster: string): RollError {
  return new RollError({
    code: 'no-roll',
    message: `No roll is going on in the cluster ${cluster}.`,
    exitCode: EXIT.refused,
    next: `look at it: consul-roll status --cluster ${cluster}`,
  });
}

/** @param holder who runs the recorded roll, where somebody seems to */
function otherImage(recorded: Intent, { imageId: wanted }: Order, holder: LockHolder | undefined): RollError {
  const { rollId, cluster, imageId, direction } = recorded;
  const roll = `Roll ${rollId} of the cluster ${cluster}`;
  const state = `That roll is under way (going ${direction}); nothing was changed now.`;
  if (holder === undefined) {
    return new RollError({
      code: 'another-roll',
      message: `${roll} is onto ${imageId}, not ${wanted}.`,
      exitCode: EXIT.refused,
      state,
      next: `carry on with it first: consul-roll resume --cluster ${cluster}`,
    });
  }
  return new RollError({
    code: 'locked',
    message: `${roll}, which ${holder.holder} is running, is onto ${imageId}, not ${wanted}.`,
    exitCode: EXIT.locked,
    state,
    next: `watch it to its end: consul-roll status --cluster ${cluster} --watch, or have it stop: consul-roll pause --cluster ${cluster}; then roll onto ${wanted}`,
  });
}
