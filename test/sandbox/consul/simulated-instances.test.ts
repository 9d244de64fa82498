import { describe, expect, it } from 'vitest';
import { createConsulNetwork } from '../../../src/sandbox/consul/network.js';
import { createSimulatedInstances } from '../../../src/sandbox/consul/simulated-instances.js';
import type { HealthCheckTarget, ImageBehaviour, InstanceSpec } from '../../../src/sandbox/interfaces.js';

import { launchFacts } from '../instances/context.js';

const HTTP: HealthCheckTarget = { protocol: 'HTTP', port: 8500, path: '/v1/status/leader', timeoutMs: 3_000 };
const TCP: HealthCheckTarget = { protocol: 'TCP', port: 8500, timeoutMs: 3_000 };

function spec(n: number, behaviour: ImageBehaviour, peers: readonly number[] = []): InstanceSpec {
  return {
    instanceId: `i-${n}`,
    address: `127.77.3.${n}`,
    zone: 'a',
    image: {
      imageId: 'ami-1',
      name: behaviour,
      description: '',
      behaviour,
      consulVersion: '1.20.2',
      consulPath: undefined,
      bootMs: 0,
      createdAtMs: 0,
    },
    peers: peers.map((peer) => `127.77.3.${peer}`),
    bootstrapExpect: undefined,
    launch: launchFacts(),
  };
}

function fleet() {
  const network = createConsulNetwork({ seed: 1, startMs: 0 });
  const machines = createSimulatedInstances(network, { serveHttp: false });
  let nowMs = 0;
  const run = (ms: number): void => {
    nowMs += ms;
    network.tick(nowMs);
  };
  const check = (n: number, target = HTTP): boolean | undefined => {
    const answers: boolean[] = [];
    machines.check(`i-${n}`, target, (healthy) => answers.push(healthy));
    run(target.timeoutMs);
    expect(answers).toHaveLength(1);
    return answers[0];
  };
  return { network, machines, run, check };
}

describe('simulated instances', () => {
  it('a good image starts Consul, which joins its peers', () => {
    const { network, machines, run } = fleet();
    for (const n of [1, 2, 3])
      machines.boot({
        ...spec(
          n,
          'good',
          [1, 2, 3].filter((peer) => peer < n),
        ),
        bootstrapExpect: 3,
      });
    run(20_000);
    machines.boot(spec(4, 'good', [1, 2, 3]));
    run(30_000);
    expect(network.peers('127.77.3.4')).toMatchObject({ ok: true, value: expect.toSatisfy((all) => all.length === 4) });
    expect(network.autopilotHealth('127.77.3.4')).toMatchObject({ ok: true, value: { healthy: true } });
  });

  it('a broken image never starts it', () => {
    const { machines, run, check } = fleet();
    machines.boot(spec(1, 'broken'));
    run(600_000);
    expect(check(1)).toBe(false);
    expect(check(1, TCP)).toBe(false);
  });

  it('a slow image starts it minutes later', () => {
    const { machines, run, check } = fleet();
    machines.boot(spec(1, 'slow'));
    run(120_000);
    expect(check(1)).toBe(false);
    run(180_000);
    expect(check(1)).toBe(true);
  });

  it('a lonely image passes the health check and has no leader, with any peers', () => {
    const { network, machines, run, check } = fleet();
    for (const n of [1, 2, 3])
      machines.boot({
        ...spec(
          n,
          'good',
          [1, 2, 3].filter((peer) => peer < n),
        ),
        bootstrapExpect: 3,
      });
    run(20_000);
    machines.boot(spec(4, 'lonely', [1, 2, 3]));
    run(60_000);
    expect(check(4)).toBe(true);
    expect(check(4, TCP)).toBe(true);
    expect(network.leader('127.77.3.4')).toEqual({ ok: true, value: '' });
  });

  it('a crash-looping image starts and crashes repeatedly', () => {
    const { network, machines, run } = fleet();
    const seen: string[] = [];
    network.listen({ listening: () => seen.push('up'), gone: () => seen.push('gone') });
    machines.boot(spec(1, 'crashloop'));
    run(60_000);
    expect(seen.slice(0, 4)).toEqual(['up', 'gone', 'up', 'gone']);
    machines.shutdown('i-1', 1_000, () => seen.push('off'));
    run(60_000);
    expect(seen.filter((what) => what === 'off')).toHaveLength(1);
    expect(seen.at(-1)).toBe('off');
  });

  it('restarts a killed agent, but not one that has left', () => {
    const { network, machines, run, check } = fleet();
    for (const n of [1, 2, 3])
      machines.boot({
        ...spec(
          n,
          'good',
          [1, 2, 3].filter((peer) => peer < n),
        ),
        bootstrapExpect: 3,
      });
    run(30_000);
    network.kill('127.77.3.2');
    run(30_000);
    expect(check(2)).toBe(true);
    network.leave('127.77.3.3', () => {});
    run(60_000);
    expect(check(3)).toBe(false);
    expect(network.peers('127.77.3.1')).toMatchObject({ value: expect.toSatisfy((all) => all.length === 2) });
  });

  it('shuts down at once, but a paused process only when its grace is over', () => {
    const { network, machines, run } = fleet();
    machines.boot(spec(1, 'good'));
    machines.boot(spec(2, 'good'));
    run(5_000);
    network.pause('127.77.3.2');
    const off: string[] = [];
    machines.shutdown('i-1', 10_000, () => off.push('i-1'));
    machines.shutdown('i-2', 10_000, () => off.push('i-2'));
    run(1_000);
    expect(off).toEqual(['i-1']);
    run(10_000);
    expect(off).toEqual(['i-1', 'i-2']);
    expect(network.isListening('127.77.3.2')).toBe(false);
  });

  it('gives up a check of a paused server at its timeout', () => {
    const { network, machines, run, check } = fleet();
    machines.boot(spec(1, 'good'));
    run(5_000);
    network.pause('127.77.3.1');
    expect(check(1)).toBe(false);
  });
});
