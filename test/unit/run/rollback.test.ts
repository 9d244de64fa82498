import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { OLD_IMAGE } from '../../helpers/servers.js';

/** A roll that stops after so many steps, and the same engine to resume with. */
async function stoppedAfter(steps: number, size = 3): Promise<FakeEngine> {
  const engine = createFakeEngine(size);
  let done = 0;
  await runRoll(engine, {
    pauseRequested: () => done >= steps,
    onEvent: ({ kind }) => {
      done += Number(kind === 'step-done');
    },
  });
  return engine;
}

const back = { order: { kind: 'rollback' } } as const;

/** Checks that no voter was lost beyond what the rest could spare. */
function watchQuorum(engine: FakeEngine): () => void {
  return () => {
    const voters = engine.servers.peers.filter((peer) => peer.voter);
    expect(voters.filter((peer) => peer.up).length * 2).toBeGreaterThan(voters.length + 1);
  };
}

function expectAsItWas(engine: FakeEngine, steps: number): void {
  const { groups, instances, launchConfigurations } = engine.account;
  const seen = `rolled back after ${steps} steps`;
  expect(groups, seen).toHaveLength(1);
  expect(groups[0], seen).toMatchObject({
    name: engine.names.group,
    minSize: 3,
    maxSize: 5,
    desired: 3,
    suspendedProcesses: [],
    tags: { Name: 'consul' },
  });
  expect(
    instances.map(({ imageId, balancers }) => [imageId, balancers[engine.names.balancer]]),
    seen,
  ).toEqual(Array(3).fill([OLD_IMAGE, 'in-service']));
  expect(
    launchConfigurations.map(({ name }) => name),
    seen,
  ).toEqual([engine.names.launchConfiguration]);
  expect(engine.servers.keys, seen).toEqual([]);
}

describe('a rollback that the operator asks for', () => {
  it('restores the cluster after any step', async () => {
    for (const steps of [4, 7, 9, 12, 13, 14, 18, 22]) {
      const engine = await stoppedAfter(steps);
      const { result } = await runRoll(engine, { ...back, onEvent: watchQuorum(engine) });
      expect(result, `rolled back after ${steps} steps`).toMatchObject({
        outcome: 'rolled-back',
        reason: { kind: 'operator-request' },
      });
      expectAsItWas(engine, steps);
    }
  });

  it('continues after it was killed', async () => {
    for (const steps of [1, 3, 6, 9, 13]) {
      const engine = await stoppedAfter(16);
      let done = 0;
      await runRoll(engine, {
        ...back,
        pauseRequested: () => done >= steps,
        onEvent: ({ kind }) => {
          done += Number(kind === 'step-done');
        },
      });
      const { result } = await runRoll(engine, { order: { kind: 'resume' }, onEvent: watchQuorum(engine) });
      expect(result, `killed after ${steps} steps back`).toMatchObject({ outcome: 'rolled-back' });
      expectAsItWas(engine, steps);
    }
  });
});
