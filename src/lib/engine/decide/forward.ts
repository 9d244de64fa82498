import type { Decision } from '../../model/decision.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Refusal } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { stop } from './decisions.js';
import { drain } from './drain.js';
import { finish } from './finish.js';
import { awaitLeave, awaitTerminated, clearVanished } from './leave.js';
import { removeGhost, replaceDead } from './orphan-peers.js';
import { phaseNow } from './phase.js';
import { prepare } from './prepare.js';
import { recordTurn } from './rollback.js';
import { grow } from './scale-out.js';
import { serversOf, standingOf } from './servers.js';

/** The way forward, stage by stage; each stage answers `undefined` when it has nothing (more) to do. */
export function forward(survey: Survey, intent: Intent, limits: Limits): Decision {
  return (
    prepare(survey, intent, limits) ??
    awaitLeave(survey, 'drain', 'old', limits) ??
    removeGhost(survey, intent, 'drain', limits) ??
    growUntilComplete(survey, intent, limits) ??
    drain(survey, intent, limits, 'old') ??
    makeRoom(survey, limits) ??
    finish(survey, intent, limits)
  );
}

/**
 * Once the last old server is gone, the new group has all of its own; one that came in the stead of a dead one is still
 * to pass the gates and to take traffic.
 */
function growUntilComplete(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  if (!isRecorded(survey.old)) return undefined;
  const cleared = clearVanished(survey, phaseNow(survey, intent), 'new');
  if (cleared !== undefined) return cleared;
  const alone = serversOf(survey, 'old').length === 0 && survey.new?.desired === intent.size;
  const fresh = standingOf(survey, 'new');
  const taken = fresh.filter(({ balancers }) => !Object.values(balancers).includes('absent'));
  if (alone && taken.length >= intent.size) return undefined;
  return grow(survey, intent, limits, (reason) => turnBack(survey, intent, limits, reason));
}

/** Old servers stand, none may go, and there is no room to grow: a termination must end first. */
function makeRoom(survey: Survey, limits: Limits): Decision | undefined {
  if (standingOf(survey, 'old').length === 0) return undefined;
  return (
    awaitTerminated(survey, 'drain', 'old', limits) ??
    stop('stopped', {
      kind: 'changed-by-hand',
      what: 'the old group has servers that are neither members of the cluster nor leaving',
    })
  );
}

/**
 * Patience with the new servers has ended. While every old server is where it was, the roll goes back by itself;
 * after that going back is a second risk, and a person chooses, unless one that died is all there is to mend.
 */
function turnBack(survey: Survey, intent: Intent, limits: Limits, reason: Refusal): Decision {
  const left =
    intent.was.desired - serversOf(survey, 'old').filter((server) => server.peer !== undefined).length;
  if (left > 0) {
    const stopped = stop('stopped', { kind: 'old-already-left', left, because: reason });
    return replaceDead(survey, phaseNow(survey, intent), limits) ?? stopped;
  }
  return recordTurn(survey, intent, reason) ?? stop('stopped', reason);
}
