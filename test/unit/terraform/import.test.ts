import { describe, expect, it } from 'vitest';
import type { RollResult } from '../../../src/lib/model/outcome.js';
import type { RequiredImport } from '../../../src/lib/terraform/import.js';
import { parseState } from '../../../src/lib/terraform/state.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildResult } from '../../helpers/scripted-roll.js';
import { NEW_IMAGE } from '../../helpers/servers.js';
import { planImport } from '../../helpers/terraform-import.js';
import { shownState, stateFile } from './states.js';

const UNKNOWN = { addresses: {}, state: undefined };
const intent = buildIntent(buildObservation());
const { oldGroup, newGroup } = intent;
const [oldTemplate, newTemplate] = ['consul-lc', 'consul-lc-7f3a'];
const inPlace = buildResult({ intent: { ...intent, newGroup: oldGroup } });

function requireImport(result: RollResult, sources: Parameters<typeof planImport>[1] = UNKNOWN): RequiredImport {
  const planned = planImport(result, sources);
  if (planned.kind === 'nothing') throw new Error(planned.because);
  return planned;
}

describe('planTerraformImport', () => {
  it('imports the new ids at guessed addresses after a roll', () => {
    expect(requireImport(buildResult())).toEqual({
      kind: 'import',
      source: 'guessed',
      stateRm: ['aws_autoscaling_group.consul', 'aws_launch_configuration.consul'],
      imports: [
        { to: 'aws_autoscaling_group.consul', id: newGroup },
        { to: 'aws_launch_configuration.consul', id: newTemplate },
      ],
      addedAgain: [],
      conversion: undefined,
      settings: [
        {
          block: 'aws_launch_configuration.consul',
          lines: [`image_id = "${NEW_IMAGE}"`, 'lifecycle { ignore_changes = [name, name_prefix] }'],
        },
        { block: 'aws_autoscaling_group.consul', lines: ['lifecycle { ignore_changes = [name, name_prefix] }'] },
        { block: 'provider "aws"', lines: ['ignore_tags { key_prefixes = ["consul-roll:"] }'] },
      ],
    });
  });

  it('imports no group after a roll in place', () => {
    const { stateRm, imports, settings } = requireImport(inPlace);
    expect(stateRm).toEqual(['aws_launch_configuration.consul']);
    expect(imports).toEqual([{ to: 'aws_launch_configuration.consul', id: newTemplate }]);
    expect(settings.map(({ block }) => block)).toEqual(['aws_launch_configuration.consul']);
  });

  it.each([
    ['rolled-back', 'rolled-back'],
    ['stopped', 'not-ended'],
    ['interrupted', 'not-ended'],
    ['quorum-at-risk', 'not-ended'],
    ['nothing-to-do', 'nothing-changed'],
    ['refused', 'nothing-changed'],
  ] as const)('after one that ended %s: nothing, because %s', (outcome, because) => {
    expect(planImport(buildResult({ outcome }), UNKNOWN)).toEqual({ kind: 'nothing', because });
  });
});

describe('planTerraformImport with a launch template', () => {
  const pinned = {
    kind: 'launch-template',
    id: 'lt-0abc',
    name: 'consul-lt',
    version: '$Latest',
    resolved: 3,
    defaultVersion: 1,
    mixed: false,
  } as const;
  const made = { kind: 'launch-template-version', id: 'lt-0abc' } as const;
  const seen = { id: 'lt-0def', name: 'consul-7f3a', defaultVersion: 1, latestVersion: 1, rollVersion: 1 };
  const observation = { ...buildObservation({ old: 0, new: 5 }), launchTemplate: seen };

  it('keeps the launch template and sets its new image', () => {
    const result = buildResult({ intent: { ...intent, previousLaunchSource: pinned, nextLaunchSource: made } });
    const { stateRm, imports, settings, conversion } = requireImport(result);
    expect(stateRm).toEqual(['aws_autoscaling_group.consul']);
    expect(imports).toEqual([{ to: 'aws_autoscaling_group.consul', id: newGroup }]);
    expect(settings[0]).toEqual({
      block: 'aws_launch_template.consul',
      lines: [`image_id = "${NEW_IMAGE}"`, 'lifecycle { ignore_changes = [description] }'],
    });
    expect(conversion).toBeUndefined();
  });

  it('imports nothing after a roll in place', () => {
    const change = { previousLaunchSource: pinned, nextLaunchSource: made, newGroup: oldGroup };
    expect(requireImport(buildResult({ intent: { ...intent, ...change } }))).toMatchObject({
      stateRm: [],
      imports: [],
      settings: [{ block: 'aws_launch_template.consul' }],
    });
  });

  it.each([
    ['aws_launch_configuration.a', 'aws_launch_configuration.a', 'aws_launch_template.a'],
    [
      'module.aws_launch_template.aws_launch_template.a[0]',
      'module.aws_launch_template.aws_launch_configuration.a[0]',
      'module.aws_launch_template.aws_launch_template.a[0]',
    ],
  ])('replaces a launch configuration, whichever address was given: %s', (given, from, to) => {
    const newTemplate = { kind: 'launch-template', name: 'consul-7f3a' } as const;
    const result = buildResult({ intent: { ...intent, nextLaunchSource: newTemplate }, observation });
    const { stateRm, imports, settings, conversion } = requireImport(result, {
      addresses: { launchSource: given },
      state: undefined,
    });
    expect(conversion).toEqual({ from, to });
    expect(stateRm).toContain(from);
    expect(imports).toContainEqual({ to, id: 'lt-0def' });
    expect(settings[0]?.block).toBe(to);
  });

  it('is replaced by a launch configuration', () => {
    const result = buildResult({ intent: { ...intent, previousLaunchSource: pinned } });
    const { stateRm, imports, conversion } = requireImport(result);
    expect(conversion).toEqual({ from: 'aws_launch_template.consul', to: 'aws_launch_configuration.consul' });
    expect(stateRm).toContain('aws_launch_template.consul');
    expect(imports).toContainEqual({ to: 'aws_launch_configuration.consul', id: newTemplate });
  });
});

describe('the source of addresses', () => {
  const given = { group: 'aws_autoscaling_group.mine', launchSource: 'module.a.aws_launch_configuration.mine' };
  const tracked = parseState(shownState(oldGroup, oldTemplate));

  it('is the operator; a missing address is guessed', () => {
    expect(requireImport(buildResult(), { addresses: given, state: undefined })).toMatchObject({
      source: 'given',
      stateRm: [given.group, given.launchSource],
    });
    expect(requireImport(buildResult(), { addresses: { group: given.group }, state: undefined })).toMatchObject({
      source: 'guessed',
      stateRm: [given.group, 'aws_launch_configuration.consul'],
    });
  });

  it('is the state, which given addresses override', () => {
    expect(requireImport(buildResult(), { addresses: {}, state: tracked })).toMatchObject({
      source: 'state',
      stateRm: ['module.consul.aws_autoscaling_group.this', 'module.consul.aws_launch_configuration.this[0]'],
    });
    expect(requireImport(buildResult(), { addresses: { group: given.group }, state: tracked }).stateRm[0]).toBe(
      given.group,
    );
  });

  it('ignores a launch source that the state does not contain', () => {
    const elsewhere = parseState(shownState(oldGroup, 'made elsewhere'));
    const { stateRm, settings } = requireImport(buildResult(), { addresses: {}, state: elsewhere });
    expect(stateRm).toEqual(['module.consul.aws_autoscaling_group.this']);
    expect(settings.map(({ block }) => block)).not.toContainEqual(expect.stringContaining('launch'));
  });
});

describe('resources of the old group in a state', () => {
  const knowledge = { addresses: {}, state: parseState(stateFile(oldGroup, oldTemplate)) };

  it('are imported from the new group, or added again if they cannot be imported', () => {
    const { imports, stateRm, addedAgain } = requireImport(buildResult(), knowledge);
    expect(imports.slice(2)).toEqual([
      { to: 'module.eu["a,b"].module.consul.aws_autoscaling_policy.grow["busy"]', id: `${newGroup}/grow-busy` },
      { to: 'aws_autoscaling_schedule.night', id: `${newGroup}/night` },
      { to: 'aws_autoscaling_lifecycle_hook.leave', id: `${newGroup}/leave` },
      { to: 'aws_autoscaling_group_tag.team', id: `${newGroup},team` },
    ]);
    expect(addedAgain).toEqual(['aws_autoscaling_notification.mail']);
    expect(new Set(stateRm)).toEqual(new Set([...imports.map(({ to }) => to), ...addedAgain]));
  });

  it('stay after a roll in place', () => {
    const { stateRm } = requireImport(inPlace, knowledge);
    expect(stateRm).toEqual(['module.eu["a,b"].module.consul.aws_launch_configuration.this[0]']);
  });

  it('make Terraform ignore user data in base64', () => {
    const [template] = requireImport(buildResult(), knowledge).settings;
    expect(template?.lines[1]).toBe('lifecycle { ignore_changes = [name, name_prefix, user_data, user_data_base64] }');
  });
});
