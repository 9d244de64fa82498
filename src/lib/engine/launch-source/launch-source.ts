import type { Decision, Phase } from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import type { LaunchFrom } from '../../model/launch-source.js';
import type { Survey } from '../../model/observation.js';
import { act } from '../decide/decisions.js';
import { recordTurn } from '../decide/rollback.js';

/** What the new group is launched from; undefined as long as it has not been made. */
export function newLaunchFrom(survey: Survey, { newTemplate: wanted }: Intent): LaunchFrom | undefined {
  if (wanted.kind === 'launch-configuration')
    return survey.templates.includes(wanted.name) ? wanted : undefined;
  const { launchTemplate: seen } = survey;
  // By number, so that nobody else's version can get between.
  return seen?.own === undefined
    ? undefined
    : { kind: 'launch-template', id: seen.id, name: seen.name, version: String(seen.own) };
}

/** Makes what the new group is launched from, in the way that the intent says. */
export function createTemplate(survey: Survey, intent: Intent): Decision {
  const { oldTemplate: from, newTemplate: to, imageId } = intent;
  const refused = survey.history.templateRefused;
  const turn = refused && recordTurn(survey, intent, { kind: 'template-refused', message: refused });
  if (turn) return turn;
  if (to.kind === 'launch-template-version' && from.kind === 'launch-template') {
    const create = { kind: 'create-version', template: from, imageId } as const;
    return act(survey, 'prepare', create, 'the one the group is on with the new image');
  }
  if (to.kind === 'launch-configuration' && from.kind === 'launch-configuration') {
    const create = { kind: 'create-template', from: from.name, name: to.name, imageId } as const;
    return act(survey, 'prepare', create, 'the old one with the new image');
  }
  if (to.kind === 'launch-template-version')
    throw new Error('a version needs a launch template to be one of');
  const convert = { kind: 'convert-template', from, to, imageId } as const;
  return act(survey, 'prepare', convert, 'the contents of the old one with the new image');
}

/** On the way back: what was made for the new group goes after it; undefined once it has. */
export function removeNewTemplate(survey: Survey, intent: Intent, phase: Phase): Decision | undefined {
  const { newTemplate: made, oldTemplate } = intent;
  if (made.kind === 'launch-configuration') return removeConfiguration(survey, phase, made.name);
  const { launchTemplate: seen } = survey;
  if (seen?.own === undefined) return undefined;
  const { id, name, own: version } = seen;
  if (made.kind === 'launch-template') {
    return act(
      survey,
      phase,
      { kind: 'delete-launch-template', id, name },
      'no group launches from it any more',
    );
  }
  if (seen.defaultVersion === version && oldTemplate.kind === 'launch-template') {
    const was = { kind: 'set-default', id, name, version: oldTemplate.defaultVersion } as const;
    return act(survey, phase, was, 'as it was before, and a default version cannot be deleted');
  }
  return act(
    survey,
    phase,
    { kind: 'delete-version', id, name, version },
    'no group launches from it any more',
  );
}

/** A launch configuration that is there goes, unless AWS said that somebody else uses it. */
export function removeConfiguration(survey: Survey, phase: Phase, name: string): Decision | undefined {
  if (!survey.templates.includes(name) || survey.history.templatesInUse.includes(name)) return undefined;
  return act(survey, phase, { kind: 'delete-template', name }, 'no group launches from it any more');
}
