import { budgetKnown } from '../decide/voters.js';
import type { Moment } from '../model/hook.js';
import type { Intent } from '../model/intent.js';
import type { Survey } from '../model/survey.js';

/** What a hook is told, by variable of its environment; what does not apply is empty. docs/hooks.md tells them all. */
export function factsFor(moment: Moment, survey: Survey, intent: Intent): Readonly<Record<string, string>> {
  const { on, phase, server, move } = moment;
  const budget = budgetKnown(survey);
  return {
    CONSUL_ROLL_HOOK: on,
    CONSUL_ROLL_ROLL_ID: intent.rollId,
    CONSUL_ROLL_CLUSTER: intent.cluster,
    CONSUL_ROLL_PHASE: phase,
    CONSUL_ROLL_DIRECTION: intent.direction,
    CONSUL_ROLL_IMAGE: intent.imageId,
    CONSUL_ROLL_OLD_GROUP: intent.oldGroup,
    CONSUL_ROLL_NEW_GROUP: intent.newGroup,
    CONSUL_ROLL_INSTANCE_ID: server?.instanceId ?? '',
    CONSUL_ROLL_ADDRESS: server?.address ?? '',
    CONSUL_ROLL_ZONE: server?.zone ?? '',
    CONSUL_ROLL_SIDE: server?.side ?? '',
    CONSUL_ROLL_MOVE: move ?? '',
    CONSUL_ROLL_VOTERS: numberOf(budget?.voters),
    CONSUL_ROLL_HEALTHY: numberOf(budget?.healthy),
    CONSUL_ROLL_QUORUM: numberOf(budget?.quorum),
    CONSUL_ROLL_LEADER: survey.raft?.leader ?? '',
  };
}

function numberOf(count: number | undefined): string {
  return count === undefined ? '' : String(count);
}
