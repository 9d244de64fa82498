import { describe, expect, it } from 'vitest';
import { checkPermissions, findUncertain, type ProbeResults } from '../../../src/lib/engine/checks/permissions.js';
import type { IamPermissionResult } from '../../../src/lib/model/doctor.js';
import { listPermissions } from '../../../src/lib/permissions/iam-policy.js';

const SUSPEND = 'autoscaling:SuspendProcesses';
const TAGS = 'autoscaling:DeleteTags';
const TERMINATE = 'autoscaling:TerminateInstanceInAutoScalingGroup';
const REGISTER = 'elasticloadbalancing:RegisterTargets';
const UNTRIED = 'cannot be tried';
const wanted = listPermissions(['upgrade']).filter(({ action }) =>
  [SUSPEND, TAGS, TERMINATE, REGISTER].includes(action),
);

const say = (answers: Readonly<Record<string, boolean | string>>): readonly IamPermissionResult[] =>
  Object.entries(answers).map(([action, said]) =>
    typeof said === 'string'
      ? { action, allowed: undefined, why: said, ...(said === UNTRIED && { notProbed: true as const }) }
      : { action, allowed: said, why: undefined },
  );
const ALL = { [SUSPEND]: true, [TAGS]: true, [TERMINATE]: UNTRIED, [REGISTER]: true };

const verdicts = (found: ProbeResults) =>
  Object.fromEntries(checkPermissions(wanted, found).map(({ subject, status }) => [subject, status]));

describe('checkPermissions', () => {
  it('gives every permission an id in kebab-case, each its own', () => {
    const all = listPermissions(['upgrade', 'doctor', 'create']);
    const ids = checkPermissions(all, { probed: [] }).map(({ id }) => id);
    expect(ids.filter((id) => !/^permission(-[a-z\d]+)+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(new Set(all.map(({ action }) => action)).size);
    expect(ids).toContain('permission-autoscaling-create-auto-scaling-group');
  });

  it('skips a permission that cannot be probed', () => {
    const results = checkPermissions(wanted, { probed: say(ALL) });
    expect(results.find(({ subject }) => subject === TERMINATE)).toEqual({
      id: 'permission-autoscaling-terminate-instance-in-auto-scaling-group',
      subject: TERMINATE,
      status: 'skip',
      observed: UNTRIED,
      remedy: undefined,
    });
  });

  it('uses the simulation for a permission that cannot be probed', () => {
    const by = (simulated: Readonly<Record<string, boolean | string>>) =>
      verdicts({ probed: say(ALL), simulated: say(simulated) })[TERMINATE];
    expect(by({ [TERMINATE]: true })).toBe('pass');
    expect(by({ [TERMINATE]: false })).toBe('fail');
    expect(by({ [TERMINATE]: 'it depends' })).toBe('skip');
  });

  it('warns if AWS gave no answer', () => {
    const throttled = say({ ...ALL, [SUSPEND]: 'AWS kept throttling' });
    expect(verdicts({ probed: throttled })[SUSPEND]).toBe('warn');
  });

  it('finds permissions uncertain that cannot be probed or were refused on a group without tags', () => {
    expect(findUncertain(wanted, say(ALL))).toEqual([TERMINATE]);
    expect(findUncertain(wanted, say({ ...ALL, [SUSPEND]: false, [REGISTER]: false }))).toEqual([SUSPEND, TERMINATE]);
  });

  it('marks an inferred result, and prefers the simulation', () => {
    const tried = say(ALL).map((one) => (one.action === SUSPEND ? { ...one, inferred: true as const } : one));
    const seen = (found: ProbeResults) =>
      checkPermissions(wanted, found).find(({ subject }) => subject === SUSPEND)?.observed;
    expect(findUncertain(wanted, tried)).toEqual([SUSPEND, TERMINATE]);
    expect(seen({ probed: tried })).toBe('suspending processes of the groups (inferred)');
    expect(seen({ probed: tried, simulated: say({ [SUSPEND]: 'may not' }) })).toBe(
      'suspending processes of the groups (inferred)',
    );
    expect(seen({ probed: tried, simulated: say({ [SUSPEND]: true }) })).toBe(
      "suspending processes of the groups; by IAM's simulation",
    );
    expect(verdicts({ probed: tried, simulated: say({ [SUSPEND]: false }) })[SUSPEND]).toBe('fail');
  });

  it('prefers the simulation to a refusal on a group without tags', () => {
    const tried = say({ ...ALL, [SUSPEND]: false });
    expect(verdicts({ probed: tried, simulated: say({ [SUSPEND]: true }) })[SUSPEND]).toBe('pass');
    const denied = { probed: tried, simulated: say({ [SUSPEND]: false }), onOldGroup: say({ [TAGS]: true }) };
    expect(verdicts(denied)[SUSPEND]).toBe('fail');
  });

  it('warns without a simulation if the old group allows more', () => {
    const tried = say({ ...ALL, [SUSPEND]: false, [TAGS]: false });
    const on = (onOldGroup: Readonly<Record<string, boolean | string>>, createsGroup = true) =>
      verdicts({ probed: tried, onOldGroup: say(onOldGroup), createsGroup });
    expect(on({})).toMatchObject({ [SUSPEND]: 'fail', [TAGS]: 'fail' });
    expect(on({ [TAGS]: false })).toMatchObject({ [SUSPEND]: 'fail', [TAGS]: 'fail' });
    expect(on({ [TAGS]: true })).toMatchObject({ [SUSPEND]: 'warn', [TAGS]: 'warn', [TERMINATE]: 'skip' });
    expect(on({ [TAGS]: true }, false)).toMatchObject({ [SUSPEND]: 'warn', [TAGS]: 'pass' });
  });
});
