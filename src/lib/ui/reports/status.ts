import { budgetNow } from '../../decide/voters.js';
import type { Decision } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { LockHolder, Status } from '../../model/plan.js';
import { stateOf } from '../sentences/budget.js';
import { describeAilments, remediesFor } from '../sentences/healing.js';
import { describeRefusal } from '../sentences/refusal.js';
import { describeStep } from '../sentences/step.js';
import { describeWait } from '../sentences/wait.js';
import { serverLines, type ToneLine } from '../server-lines.js';
import { counted, enumerated, wrapped } from '../text.js';
import { dateAndTime, wholeSpanOf } from '../time.js';
import { serviceLines } from './traffic.js';
import { versionsOf } from './versions.js';

/**
 * One leader, every voter healthy, at least one more than the quorum needs; and every server a voter, unless a roll
 * is just bringing some in or out; and without a roll as many servers as the group wants.
 */
export function isHealthy({ survey, intent }: Pick<Status, 'survey' | 'intent'>): boolean {
  const budget = budgetNow(survey);
  if (budget === undefined || budget.healthy < budget.voters || budget.spare < 1) return false;
  if (intent !== undefined) return true;
  const inService = survey.servers.filter((server) => server.lifecycle === 'InService').length;
  if (survey.old !== undefined && inService < survey.old.desired) return false;
  return survey.servers.every((server) => server.lifecycle !== 'InService' || server.peer?.voter === true);
}

/** The cluster, the roll and who runs it, the groups, every server, and what the roll would do next. */
export function statusReport(status: Status, columns: number): ToneLine[] {
  const { survey } = status;
  return [
    verdict(status, columns),
    rollLines(status, columns),
    [blank],
    groupLines(status),
    serviceLines(survey, columns),
    [blank],
    serverLines(survey.servers, survey, columns, { sides: status.intent !== undefined }),
    healingLines(status, columns),
    nextLines(status.next, survey.atMs, columns),
  ].flat();
}

const blank: ToneLine = { text: '', tone: 'plain' };

function verdict(status: Status, columns: number): ToneLine[] {
  const { survey } = status;
  const healthy = isHealthy(status);
  const versions = versionsOf(survey);
  const consul = versions.length === 0 ? '' : `; Consul ${enumerated(versions)}`;
  const text = `${survey.cluster} is ${healthy ? 'healthy' : 'not healthy'}: ${stateOf(survey)}${consul}`;
  return wrapped(text, columns).map((line) => ({ text: line, tone: healthy ? 'good' : 'bad' }));
}

function rollLines({ intent, lock, survey }: Status, columns: number): ToneLine[] {
  const held = lock === undefined ? 'nobody is running it' : holderOf(lock, survey.atMs);
  const roll =
    intent === undefined
      ? `no roll is going on${lock === undefined ? '' : `; ${held}`}`
      : `roll ${intent.rollId} onto ${intent.imageId}, ${intent.direction === 'back' ? 'on its way back' : 'on its way'}, ` +
        `since ${dateAndTime(intent.startedAtMs)}; ${held}`;
  return wrapped(roll, columns).map((text) => ({ text, tone: 'plain' }));
}

function holderOf({ holder, renewedAtMs }: LockHolder, nowMs: number): string {
  return `${holder} holds the lock, last seen ${wholeSpanOf(nowMs - renewedAtMs)} ago`;
}

/** The groups, by their sides while there is a roll: without one, nothing is old. */
function groupLines({ survey, intent }: Status): ToneLine[] {
  return (['old', 'new'] as const).flatMap((side) => {
    const group = survey[side];
    if (group === undefined) return [];
    const title = intent === undefined ? 'group' : side;
    return [{ text: `${title}  ${groupFacts(group)}`, tone: 'plain' }];
  });
}

function groupFacts({ name, imageId, instanceIds, minSize, maxSize, desired, suspended }: Group): string {
  const sizes = `${counted(instanceIds.length, 'instance')} of ${desired} (${minSize} to ${maxSize})`;
  const frozen = suspended.length === 0 ? '' : `, ${suspended.length} of its processes suspended`;
  return `${name}  ${imageId ?? 'an image AWS does not name'}  ${sizes}${frozen}`;
}

/** What is not as it should be, what may not happen meanwhile, and what to do, if more than to wait. */
function healingLines({ ailments, survey }: Status, columns: number): ToneLine[] {
  if (ailments.length === 0) return [];
  const budget = budgetNow(survey);
  const spare = budget !== undefined && budget.spare < 1 ? [NONE_TO_SPARE] : [];
  const remedies = remediesFor(ailments);
  const next =
    remedies.length === 0
      ? [`next: wait; look again with: consul-roll status --cluster ${survey.cluster}`]
      : remedies.map((remedy) => `next: ${remedy}`);
  const told = [...describeAilments(ailments), ...spare].flatMap((text) => wrapped(text, columns));
  return [
    blank,
    ...told.map((text): ToneLine => ({ text, tone: 'busy' })),
    ...next.flatMap((text) => wrapped(text, columns)).map((text): ToneLine => ({ text, tone: 'plain' })),
  ];
}

const NONE_TO_SPARE = 'until that is over no other server may fail: terminate nothing, and begin no roll';

function nextLines(next: Decision | undefined, nowMs: number, columns: number): ToneLine[] {
  if (next === undefined) return [];
  const lines = wrapped(`next: ${nextText(next, nowMs)}`, columns);
  return [blank, ...lines.map((text): ToneLine => ({ text, tone: 'plain' }))];
}

function nextText(next: Decision, nowMs: number): string {
  switch (next.kind) {
    case 'act':
      return describeStep(next.step);
    case 'wait':
      return describeWait(next.wait, nowMs);
    case 'stop':
      return describeRefusal(next.reason);
    case 'done':
      return 'nothing, the roll is done';
  }
}
