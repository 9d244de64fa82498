import { describe, expect, it } from 'vitest';
import { remarksOn } from '../../../src/lib/engine/decide/notices.js';
import type { Group } from '../../../src/lib/model/group.js';
import type { PinnedTemplate } from '../../../src/lib/model/launch-source.js';
import { describeAction } from '../../../src/lib/output/text/actions.js';
import { describeOverruled } from '../../../src/lib/output/text/lock.js';
import { describeRemark } from '../../../src/lib/output/text/notices.js';
import { outcomeReport } from '../../../src/lib/output/text/outcome.js';
import { describeRefusal, remediesOf } from '../../../src/lib/output/text/stop-reasons.js';
import { orderFor } from '../../helpers/fake-engine.js';
import { facts, intentFor } from '../../helpers/intents.js';
import { planOf } from '../../helpers/plans.js';
import { resultOf } from '../../helpers/scripted-roll.js';
import { NEW_IMAGE } from '../../helpers/servers.js';
import { surveyOf } from '../../helpers/surveys.js';

const LATEST: PinnedTemplate = {
  kind: 'launch-template',
  id: 'lt-1',
  name: 'lt',
  version: '$Latest',
  resolved: 3,
  defaultVersion: 2,
  mixed: false,
};
const byVersion = {
  oldTemplate: LATEST,
  newTemplate: { kind: 'launch-template-version', id: 'lt-1' },
} as const;

describe('what is said of templates before a roll', () => {
  const said = (group: Partial<Group>, notCopied: readonly string[] = []) => {
    const survey = surveyOf({ oldGroup: group, over: { facts: facts({ notCopied }) } });
    return remarksOn(survey, intentFor(survey, byVersion)).map(describeRemark);
  };

  it('is which version stands for the alias meanwhile, and what stays behind', () => {
    expect(said({}, ['the alarm cpu-high'])).toEqual([
      'consul is on version 3 of launch template lt while the roll lasts, in place of $Latest.',
      'Not copied: the alarm cpu-high.',
    ]);
  });

  it('is that the group launches the new image already, and that its warm pool is made anew', () => {
    expect(said({ imageId: NEW_IMAGE, warmPool: 'there' }).join(' ')).toMatch(
      /launches the new image already.*The warm pool of consul is made anew/,
    );
  });

  it('is nothing of copies where the group stays: in place there are none', () => {
    const survey = surveyOf({
      over: { facts: facts({ notCopied: ['the tag aws:cloudformation:stack-name'] }) },
    });
    expect(remarksOn(survey, intentFor(survey))).toHaveLength(1);
    expect(remarksOn(survey, intentFor(survey, { newGroup: 'consul' }))).toEqual([]);
  });

  it('is nothing where there is nothing to mind', () => {
    const survey = surveyOf({ over: { facts: facts() } });
    expect(remarksOn(survey, intentFor(survey))).toEqual([]);
  });
});

describe('what is said of templates', () => {
  it('names what is made, put and deleted', () => {
    const from = { kind: 'launch-configuration', name: 'lc' } as const;
    const put = { kind: 'launch-template', id: 'lt-1', name: 'lt', version: '$Latest' } as const;
    expect([
      describeAction({ kind: 'create-version', template: LATEST, imageId: 'ami-2' }),
      describeAction({
        kind: 'convert-template',
        from,
        to: { kind: 'launch-template', name: 'new' },
        imageId: 'ami-2',
      }),
      describeAction({ kind: 'retarget', group: 'g', template: put }),
      describeAction({ kind: 'retarget', group: 'g', template: { ...put, version: '3' } }),
      describeAction({ kind: 'delete-version', id: 'lt-1', name: 'lt', version: 4 }),
    ]).toEqual([
      'Create a version of launch template lt, like 3, with ami-2',
      'Create launch template new with ami-2, like launch configuration lc',
      'Set group g to launch from $Latest of launch template lt',
      'Set group g to launch from version 3 of launch template lt',
      'Delete version 4 of launch template lt',
    ]);
  });

  it('says what to do where the account has no launch configurations', () => {
    const refusal = { kind: 'template-refused', message: 'AWS does not let this account.' } as const;
    expect(describeRefusal(refusal)).toBe('AWS does not let this account.');
    expect(remediesOf(refusal)).toEqual(['roll with --template launch-template']);
  });

  it('says at the end that a group is left on its number, and only then', () => {
    const on = (version: string): Partial<Group> => ({
      template: { kind: 'launch-template', id: 'lt-1', name: 'lt', version, resolved: 4 },
    });
    const next = (version: string) => {
      const survey = surveyOf({ old: 0, oldGroup: null, new: 3, leader: 0, newGroup: on(version) });
      return outcomeReport(resultOf({ survey, intent: intentFor(survey, byVersion) })).next.join('\n');
    };
    expect(next('4')).toContain('look at launch template lt: $Latest is not version 4 any more');
    expect(next('$Latest')).not.toContain('launch template');
  });

  it('says that another kind of template than the roll was begun with is not heeded', () => {
    const plan = planOf({ resumed: true });
    expect(describeOverruled(plan, orderFor({ template: 'launch-template' }))).toContain(
      '--template launch-template (it was begun with a launch-configuration)',
    );
    expect(describeOverruled(plan, orderFor({ template: 'auto' }))).toBeUndefined();
  });
});
