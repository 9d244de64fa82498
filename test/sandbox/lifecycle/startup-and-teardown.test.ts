import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createEndSignal, waitForAbort } from '../../../src/sandbox/lifecycle/end-signal.js';
import { leaseNetwork } from '../../../src/sandbox/lifecycle/network-lease.js';
import { createTeardown } from '../../../src/sandbox/lifecycle/teardown.js';

describe('leaseNetwork', () => {
  it('leases a network once, and again after its release', async () => {
    const first = await leaseNetwork();
    const second = await leaseNetwork();
    expect(second.secondOctet).not.toBe(first.secondOctet);
    await first.release();
    const third = await leaseNetwork();
    expect(third.secondOctet).not.toBe(second.secondOctet);
    await Promise.all([second.release(), third.release()]);
  });
});

describe('Teardown', () => {
  it('undoes in reverse order, once, and continues after a failure', async () => {
    const undone: string[] = [];
    const teardown = createTeardown();
    teardown.add(() => {
      undone.push('first');
    });
    teardown.add(() => Promise.reject(new Error('stuck')));
    teardown.add(() => {
      undone.push('last');
    });
    const both = await Promise.allSettled([teardown.run(), teardown.run()]);
    expect(both.map((one) => one.status)).toEqual(['rejected', 'rejected']);
    expect(undone).toEqual(['last', 'first']);
  });
});

describe('the signal to end', () => {
  it('aborts on the first signal, and leaves the second of its kind to its default', async () => {
    const source = new EventEmitter();
    const signal = createEndSignal(source);
    const told = waitForAbort(signal);
    source.emit('SIGTERM');
    await told;
    expect([signal.aborted, signal.reason, source.listenerCount('SIGTERM')]).toEqual([true, 'SIGTERM', 0]);
    await waitForAbort(signal);
  });
});
