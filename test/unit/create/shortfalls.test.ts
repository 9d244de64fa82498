import { describe, expect, it } from 'vitest';
import { findUnmetConditions } from '../../../src/lib/create/await-cluster.js';
import { describeUnmetConditions } from '../../../src/lib/output/text/creation.js';
import { buildInstanceId, type ServerStage } from '../../helpers/servers.js';
import { buildObservation, type ObservationShape } from '../../helpers/surveys.js';

const [first, second] = [buildInstanceId('old', 0), buildInstanceId('old', 1)];
const lacking = (shape: ObservationShape, size = 3) =>
  findUnmetConditions(buildObservation({ old: 3, ...shape }), size);
const stages = (stage: ServerStage) => ({ stages: { [second]: stage } });

describe('what a new cluster lacks', () => {
  it('is nothing when every server votes, is healthy and in service, and nobody else does', () => {
    expect(lacking({})).toEqual([]);
  });

  it('is servers while there are fewer than the file says, with what AWS has against more', () => {
    const oldGroup = { launchFailure: 'You have reached your quota.' };
    expect(lacking({ oldGroup }, 5)).toMatchObject([
      { kind: 'instances', have: 3, want: 5, why: 'You have reached your quota.' },
    ]);
  });

  it('is a leader while there is none that all agree on', () => {
    expect(lacking({ leader: undefined })).toEqual([{ kind: 'leader' }]);
  });

  const cases: [ServerStage, string[]][] = [
    ['booting', ['instances', 'voters', 'in-service']],
    ['joined', ['voters', 'in-service']],
    ['voter', ['in-service']],
    ['unhealthy', ['voters', 'in-service']],
    ['left', ['voters', 'in-service']],
    ['terminating', ['instances']],
  ];
  it.each(cases)('with a server that is %s', (stage, kinds) => {
    expect(lacking(stages(stage)).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('is that Raft counts nobody but them', () => {
    const ghost = {
      id: 'x',
      node: 'i-0dead',
      address: '127.1.9.9:8300',
      leader: false,
      voter: true,
      healthy: false,
    };
    expect(lacking({ orphanPeers: [ghost] })).toContainEqual({ kind: 'unknown-peers', nodes: ['i-0dead'] });
  });

  it('is said in words', () => {
    expect(describeUnmetConditions([])).toBe('nothing');
    expect(describeUnmetConditions(lacking(stages('booting')))).toBe(
      `2 of 3 servers run; ${second} is no healthy voter; ${second} not in service in the load balancer`,
    );
    expect(describeUnmetConditions([{ kind: 'voters', instanceIds: [first, second] }])).toBe(
      `${first} and ${second} are no healthy voters`,
    );
  });
});
