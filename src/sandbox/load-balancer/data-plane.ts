import type { Traffic } from '../interfaces.js';
import { createConnectionTracker } from './in-flight.js';
import { type Binding, type OpenListener, openListener } from './listener.js';
import { buildListenerRoute } from './route.js';
import type { LoadBalancerSource, ServedListener, ServedLoadBalancer } from './source.js';

/** The sockets of every load balancer of the account. */
export interface DataPlane {
  /** Requests in flight, for draining. */
  readonly traffic: Traffic;
  /**
   * Opens the sockets of new listeners and closes those of deleted ones, and cuts the requests that outlast their
   * instance's draining; cheap when nothing has changed.
   */
  sync(source: LoadBalancerSource): void;
  /** Where every listener is served, those of a `sync` still under way left out. */
  listBindings(): readonly Binding[];
  /** Closes every socket, requests in flight included. */
  close(): Promise<void>;
}

/** Starts with no sockets. */
export function createDataPlane(): DataPlane {
  const inFlight = createConnectionTracker();
  const opening = new Map<string, Promise<OpenListener>>();
  const open = new Map<string, OpenListener>();
  // A listener that replaces another may need its port.
  let closed: Promise<unknown> = Promise.resolve();

  const add = (key: string, balancer: ServedLoadBalancer, listener: ServedListener, source: LoadBalancerSource) => {
    const route = buildListenerRoute(balancer, listener, source, inFlight);
    const started = closed.then(() => openListener(balancer, listener, route));
    opening.set(key, started);
    // Deleted again before it was open: then `remove` closes it.
    void started.then((opened) => opening.get(key) === started && open.set(key, opened));
  };
  const remove = (key: string) => {
    const closing = opening.get(key)?.then((opened) => opened.close());
    opening.delete(key);
    open.delete(key);
    closed = Promise.all([closed, closing]);
  };

  return {
    traffic: inFlight,
    sync: (source) => {
      const balancers = source.balancers();
      for (const { cutting } of balancers) {
        for (const { pool, instanceIds } of cutting) inFlight.closeAllExcept(pool, instanceIds);
      }
      const wanted = wantedListeners(balancers);
      for (const key of opening.keys()) if (!wanted.has(key)) remove(key);
      for (const [key, { balancer, listener }] of wanted) {
        if (!opening.has(key)) add(key, balancer, listener, source);
      }
    },
    listBindings: () => [...open.values()].map((one) => one.binding),
    close: async () => {
      for (const key of opening.keys()) remove(key);
      await closed;
    },
  };
}

interface Wanted {
  readonly balancer: ServedLoadBalancer;
  readonly listener: ServedListener;
}

/** By everything a socket depends on, so that a listener that changes is closed and reopened. */
function wantedListeners(balancers: readonly ServedLoadBalancer[]): ReadonlyMap<string, Wanted> {
  const pairs = balancers.flatMap((balancer) => balancer.listeners.map((listener) => ({ balancer, listener })));
  return new Map(
    pairs.map(({ balancer, listener }) => {
      const { protocol, port, instancePort, pool } = listener;
      return [
        `${balancer.name} ${balancer.address} ${protocol} ${port} ${instancePort} ${pool}`,
        { balancer, listener },
      ];
    }),
  );
}
