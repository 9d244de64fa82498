import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../instances/until.js';
import { createRig, INSTANCE_PORT, type Rig } from './instances.js';

let rig: Rig;

beforeEach(() => {
  rig = createRig(2);
});

afterEach(() => rig.close());

describe('the listeners of a load balancer', () => {
  it('are opened and closed as the load balancer changes, also where one takes the port of another', async () => {
    await rig.instance(11, (_request, response) => response.end('11'));
    await rig.ready();
    expect(await (await fetch(rig.url('/'))).text()).toBe('11');
    rig.listeners = [{ protocol: 'TCP', port: 8500, instancePort: INSTANCE_PORT, pool: 'consul' }];
    await rig.ready();
    await until('TCP on the same port', () => rig.plane.listBindings()[0]?.servedPort === 8500);
    rig.listeners = [];
    await rig.ready();
    await expect(fetch(rig.url('/'))).rejects.toThrow();
  });

  it('move to another port, and report it, where their own is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(8500, rig.address, resolve));
    await rig.instance(11, (_request, response) => response.end('11'));
    await rig.ready();
    const [binding] = rig.plane.listBindings();
    expect(binding).toMatchObject({ port: 8500, servedPort: 16_500, problem: 'in-use' });
    expect(await (await fetch(`http://${rig.address}:16500/`)).text()).toBe('11');
    await new Promise((resolve) => taken.close(resolve));
  });

  it('are not served where they need a certificate', async () => {
    rig.listeners = [{ protocol: 'HTTPS', port: 443, instancePort: INSTANCE_PORT, pool: 'consul' }];
    await rig.ready();
    expect(rig.plane.listBindings()).toEqual([
      {
        loadBalancerName: 'consul',
        address: rig.address,
        port: 443,
        servedPort: undefined,
        problem: 'unsupported-protocol',
      },
    ]);
  });

  it('carry bytes when they are TCP, counted as in flight, and close at once with nothing in service', async () => {
    rig.listeners = [{ protocol: 'TCP', port: 8500, instancePort: INSTANCE_PORT, pool: 'consul' }];
    await rig.instance(11, (_request, response) => response.end('11'));
    await rig.ready();
    const socket = connect(8500, rig.address);
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('an answer', () => heard.startsWith('HTTP/1.1 200'));
    expect(rig.plane.traffic.openRequests('consul', 'i-11')).toBe(1);
    socket.destroy();
    await until('nothing in flight', () => rig.plane.traffic.openRequests('consul', 'i-11') === 0);
    rig.inService = [];
    await new Promise((resolve) => connect(8500, rig.address).resume().once('close', resolve));
  });
});
