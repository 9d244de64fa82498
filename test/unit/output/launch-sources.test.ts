import { describe, expect, it } from 'vitest';
import { findNotices } from '../../../src/lib/engine/checks/notices.js';
import type { Group } from '../../../src/lib/model/group.js';
import type { PinnedLaunchTemplate } from '../../../src/lib/model/launch-source.js';
import { describeAction } from '../../../src/lib/output/text/actions.js';
import { describeIgnoredOptions } from '../../../src/lib/output/text/lock.js';
import { describeNotice } from '../../../src/lib/output/text/notices.js';
import { buildOutcomeText } from '../../../src/lib/output/text/outcome.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { buildOrder } from '../../helpers/fake-engine.js';
import { buildFacts, buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan } from '../../helpers/plans.js';
import { buildResult } from '../../helpers/scripted-roll.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

const LATEST: PinnedLaunchTemplate = {
  kind: 'launch-template',
  id: 'lt-1',
  name: 'lt',
  version: '$Latest',
  resolved: 3,
  defaultVersion: 2,
  mixed: false,
};
const byVersion = {
  previousLaunchSource: LATEST,
  nextLaunchSource: { kind: 'launch-template-version', id: 'lt-1' },
} as const;

describe('the notices about launch sources', () => {
  const said = (group: Partial<Group>, notCopied: readonly string[] = []) => {
    const observation = buildObservation({ oldGroup: group, over: { preflightFacts: buildFacts({ notCopied }) } });
    return findNotices(observation, buildIntent(observation, byVersion)).map(describeNotice);
  };

  it('name the version that replaces the alias meanwhile, and what is kept', () => {
    expect(said({}, ['the alarm cpu-high'])).toEqual([
      'consul uses version 3 of launch template lt instead of $Latest during the roll.',
      'Not copied: the alarm cpu-high.',
    ]);
  });

  it('say that the group already launches the new image, and that its warm pool is replaced', () => {
    expect(said({ imageId: NEW_IMAGE, warmPool: 'there' }).join(' ')).toMatch(
      /already launches the new image.*The warm pool of consul is replaced at the end/,
    );
  });

  it('do not mention copies for a roll in place', () => {
    const observation = buildObservation({
      over: { preflightFacts: buildFacts({ notCopied: ['the tag aws:cloudformation:stack-name'] }) },
    });
    expect(findNotices(observation, buildIntent(observation))).toHaveLength(1);
    expect(findNotices(observation, buildIntent(observation, { newGroup: 'consul' }))).toEqual([]);
  });

  it('are empty if nothing is unusual', () => {
    const observation = buildObservation({ over: { preflightFacts: buildFacts() } });
    expect(findNotices(observation, buildIntent(observation))).toEqual([]);
  });
});

describe('the sentences about launch sources', () => {
  it('name what is created, set and deleted', () => {
    const from = { kind: 'launch-configuration', name: 'lc' } as const;
    const put = { kind: 'launch-template', id: 'lt-1', name: 'lt', version: '$Latest' } as const;
    expect([
      describeAction({ kind: 'create-launch-template-version', launchSource: LATEST, imageId: 'ami-2' }),
      describeAction({
        kind: 'convert-launch-source',
        from,
        to: { kind: 'launch-template', name: 'new' },
        imageId: 'ami-2',
      }),
      describeAction({ kind: 'set-launch-source', group: 'g', launchSource: put }),
      describeAction({ kind: 'set-launch-source', group: 'g', launchSource: { ...put, version: '3' } }),
      describeAction({ kind: 'delete-launch-template-version', id: 'lt-1', name: 'lt', version: 4 }),
    ]).toEqual([
      'Create a version of launch template lt from version 3, with ami-2',
      'Create launch template new with ami-2, from launch configuration lc',
      'Set group g to launch from $Latest of launch template lt',
      'Set group g to launch from version 3 of launch template lt',
      'Delete version 4 of launch template lt',
    ]);
  });

  it('say what to do if the account has no launch configurations', () => {
    const reason = { kind: 'launch-source-refused', message: 'AWS does not let this account.' } as const;
    expect(describeStopReason(reason)).toBe('AWS does not let this account.');
    expect(listRemedies(reason)).toEqual(['roll with --launch-source launch-template']);
  });

  it('say at the end that a group stays on its version number', () => {
    const on = (version: string): Partial<Group> => ({
      launchSource: { kind: 'launch-template', id: 'lt-1', name: 'lt', version, resolved: 4 },
    });
    const next = (version: string) => {
      const observation = buildObservation({ old: 0, oldGroup: null, new: 3, leader: 0, newGroup: on(version) });
      return buildOutcomeText(buildResult({ observation, intent: buildIntent(observation, byVersion) })).next.join(
        '\n',
      );
    };
    expect(next('4')).toContain('check launch template lt: $Latest no longer means version 4');
    expect(next('$Latest')).not.toContain('launch template');
  });

  it('say that another kind of launch source than that of the roll is ignored', () => {
    const plan = buildPlan({ resumed: true });
    expect(describeIgnoredOptions(plan, buildOrder({ launchSource: 'launch-template' }))).toContain(
      '--launch-source launch-template (recorded: launch-configuration)',
    );
    expect(describeIgnoredOptions(plan, buildOrder({ launchSource: 'auto' }))).toBeUndefined();
  });
});
