import { describe, expect, it } from 'vitest';
import { findUnmetConditions } from '../../../src/lib/create/await-cluster.js';
import { describeUnmetConditions } from '../../../src/lib/output/text/creation.js';
import { buildObservation, type ObservationShape } from '../../helpers/observations.js';
import { buildInstanceId, type ServerStage } from '../../helpers/servers.js';

const [first, second] = [buildInstanceId('old', 0), buildInstanceId('old', 1)];
const unmet = (shape: ObservationShape, size = 3) => findUnmetConditions(buildObservation({ old: 3, ...shape }), size);
const stages = (stage: ServerStage) => ({ stages: { [second]: stage } });

describe('findUnmetConditions', () => {
  it('is empty for a complete cluster', () => {
    expect(unmet({})).toEqual([]);
  });

  it('reports missing instances, and why AWS launches none', () => {
    const oldGroup = { launchFailure: 'You have reached your quota.' };
    expect(unmet({ oldGroup }, 5)).toMatchObject([
      { kind: 'instances', have: 3, want: 5, why: 'You have reached your quota.' },
    ]);
  });

  it('reports a missing leader', () => {
    expect(unmet({ leader: undefined })).toEqual([{ kind: 'leader' }]);
  });

  const cases: [ServerStage, string[]][] = [
    ['booting', ['instances', 'voters', 'in-service']],
    ['joined', ['voters', 'in-service']],
    ['voter', ['in-service']],
    ['unhealthy', ['voters', 'in-service']],
    ['left', ['voters', 'in-service']],
    ['terminating', ['instances']],
  ];
  it.each(cases)('reports a server that is %s', (stage, kinds) => {
    expect(unmet(stages(stage)).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('reports a Raft peer without an instance', () => {
    const orphan = { id: 'x', node: 'i-0dead', address: '127.1.9.9:8300', leader: false, voter: true, healthy: false };
    expect(unmet({ orphanPeers: [orphan] })).toContainEqual({ kind: 'unknown-peers', nodes: ['i-0dead'] });
  });

  it('is described in words', () => {
    expect(describeUnmetConditions([])).toBe('nothing');
    expect(describeUnmetConditions(unmet(stages('booting')))).toBe(
      `2 of 3 servers run; ${second} is not a healthy voter; ${second} not in service in the load balancer`,
    );
    expect(describeUnmetConditions([{ kind: 'voters', instanceIds: [first, second] }])).toBe(
      `${first} and ${second} are not healthy voters`,
    );
  });
});
