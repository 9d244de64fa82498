import type { ConsulNetwork } from './network.js';

/** Turns a network's clock with the time of day. */
export interface WallClock {
  /** Brings the network up to now; call it before and after each request. */
  touch(): void;
  close(): void;
}

/** Drives a network by the time of day, waking whenever something is due in it. It keeps no process alive. */
export function startWallClock(network: ConsulNetwork): WallClock {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const touch = (): void => {
    if (closed) return;
    clearTimeout(timer);
    network.tick(Date.now());
    const dueMs = network.nextDueMs();
    if (dueMs !== undefined) timer = setTimeout(touch, Math.max(0, Math.ceil(dueMs - Date.now()))).unref();
  };
  touch();
  return {
    touch,
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
