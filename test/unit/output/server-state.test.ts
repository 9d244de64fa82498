import { describe, expect, it } from 'vitest';
import { stateWords } from '../../../src/lib/output/server-list.js';
import { type SurveyShape, surveyOf } from '../../helpers/surveys.js';

/** What is said of the first old server, out of the load balancer and silent. */
function saidOfTheFirst(shape: SurveyShape): string {
  const survey = surveyOf({ ...shape, stages: { 'i-0a11': 'left' } });
  const [first] = survey.servers;
  return first === undefined ? '' : stateWords(first, survey);
}

describe('the words for a silent old server', () => {
  const asked = { history: { leaves: { 'i-0a11': { count: 1, lastMs: 0 } } } };

  it('has left once a leader says that Raft does not count it', () => {
    expect(saidOfTheFirst({ leader: 1, new: 1 })).toBe('left');
    expect(saidOfTheFirst({ leader: 1, ...asked })).toBe('left');
  });

  it('is down, and has not left, where there is no other side to make room for', () => {
    expect(saidOfTheFirst({ leader: 1 })).toBe('down');
  });

  it('has left too while its agent still answers, though nobody here heard it be asked', () => {
    const survey = surveyOf({ leader: 1, new: 1 });
    const [first] = survey.servers;
    const words = (one: typeof survey) => first && stateWords({ ...first, peer: undefined }, one);
    expect(words(survey)).toMatch(/^left/);
    expect(words({ ...survey, new: undefined })).toMatch(/^not joined/);
  });

  it('has yet to join where it came after the new ones, on the way back', () => {
    const survey = surveyOf({ leader: 1, new: 1, stages: { 'i-0a11': 'left' } });
    const [first] = survey.servers;
    const launchedAtMs = survey.atMs;
    const servers = survey.servers.map((one) => (one === first ? { ...one, launchedAtMs } : one));
    const [regrown] = servers;
    expect(regrown && stateWords(regrown, { ...survey, servers })).toBe('starting');
  });

  it('does not answer, or is leaving, while there is no leader to say', () => {
    expect(saidOfTheFirst({ leader: undefined })).toBe('not answering');
    expect(saidOfTheFirst({ leader: undefined, ...asked })).toBe('leaving');
  });
});
