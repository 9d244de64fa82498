import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { rememberLook } from '../../../src/lib/engine/decide/memory.js';
import type { Leave, Survey } from '../../../src/lib/model/observation.js';
import type { AgentDown } from '../../../src/lib/model/server.js';
import { inShort, limits, midRoll } from '../../helpers/intents.js';
import { LOOK_MS } from '../../helpers/servers.js';

const ASKED: Leave = { count: 1, lastMs: LOOK_MS - 1000 };
const CUT: Leave = { ...ASKED, brokenOff: true };

/** On the way back, a new server was asked to leave a second ago and is still in Raft. */
function leaving(leave: Leave) {
  return midRoll(
    { old: 3, new: 1, size: 3, history: { leaves: { 'i-0b11': leave } } },
    { direction: 'back' },
  );
}

/** The same survey with the leaving server's agent down for this reason. */
function withAgentDown(survey: Survey, why: AgentDown['why']): Survey {
  const agent = { kind: 'down', why, detail: '' } as const;
  const servers = survey.servers.map((one) => (one.instanceId === 'i-0b11' ? { ...one, agent } : one));
  return { ...survey, servers };
}

const remembered = (survey: Survey) => rememberLook(survey, limits, 1000).leaves['i-0b11'];

describe('a leave that is broken off', () => {
  it('is one whose agent goes down while Raft still counts it', () => {
    const { survey } = leaving(ASKED);
    expect(remembered(survey)).toEqual(ASKED);
    expect(remembered(withAgentDown(survey, 'silent'))).toEqual(ASKED);
    expect(remembered(withAgentDown(survey, 'refused'))).toEqual(CUT);
  });

  it('is asked for again as soon as the agent is back, and not before', () => {
    const { survey, intent } = leaving(CUT);
    expect(inShort(decide(survey, intent, limits))).toBe('act leave i-0b11');
    const down = withAgentDown(survey, 'refused');
    expect(inShort(decide(down, intent, limits))).toBe('wait out-of-raft i-0b11');
  });

  it('is waited for where it is not broken off', () => {
    const { survey, intent } = leaving(ASKED);
    expect(inShort(decide(survey, intent, limits))).toBe('wait out-of-raft i-0b11');
  });

  it('ends with the machine after three times', () => {
    const { survey, intent } = leaving({ ...CUT, count: 3 });
    expect(inShort(decide(survey, intent, limits))).toBe('act terminate i-0b11');
  });
});
