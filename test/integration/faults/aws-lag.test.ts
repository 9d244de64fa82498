import { describe, expect, it } from 'vitest';
import { isReadOnlyRequest } from '../../helpers/aws-faults.js';
import { type FaultScenario, ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { PASS_THROUGH, type ProxyOutcome } from '../../helpers/faulty-proxy.js';

/** Looks of the roll for which AWS shows what was before a change. */
const LAG_LOOKS = 3;

/** Every describe call is answered as before the last change, until the roll has looked some more; and the changes. */
function lagBehind({ sandbox, saw }: FaultScenario): readonly string[] {
  const changes: string[] = [];
  const answers = new Map<string, ProxyOutcome>();
  let shownUntil = 0;
  sandbox.awsProxy.heard = (call, { status, headers, body }) => {
    if (!isReadOnlyRequest(call) || saw('observed') < shownUntil) return;
    const type = String(headers['content-type']);
    answers.set(call.body, { kind: 'answer', when: 'before', status, type, body: body.toString('utf8') });
  };
  sandbox.awsProxy.decideOutcome = (call) => {
    if (isReadOnlyRequest(call))
      return (saw('observed') < shownUntil ? answers.get(call.body) : undefined) ?? PASS_THROUGH;
    changes.push(call.body);
    shownUntil = Math.max(shownUntil, saw('observed') + LAG_LOOKS);
    return PASS_THROUGH;
  };
  return changes;
}

describe('AWS shows a change only later', { timeout: ROLL_MS }, () => {
  // failure-mode: aws-lag
  it('for three more observations: no change is made twice; the roll continues', async () => {
    await runWithFaults({ through: 'aws' }, async (trouble) => {
      const changes = lagBehind(trouble);
      expect((await trouble.roll()).result.outcome).toBe('rolled');
      expect(changes.length).toBeGreaterThan(20);
      expect(changes.filter((one, n) => changes.indexOf(one) !== n)).toEqual([]);
    });
  });
});
