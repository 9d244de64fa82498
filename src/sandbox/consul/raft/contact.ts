import { type Net, type Server, scheduleOnServer } from '../state.js';
import { ELECTION_TIMEOUT_MS } from '../timings.js';

/** A server no longer hears its leader; it notices at a fire of its heartbeat timer, one to three of its timeouts later. */
export function loseContact(net: Net, server: Server): void {
  if (server.contactLostMs !== undefined || server.group === undefined) return;
  server.contactLostMs = net.nowMs;
  server.replicating = false;
  setTimer(net, server, heartbeatTimeoutMs(net));
}

/** The timer was last set at some unknown time before; a fire within the timeout of the last contact only resets it. */
function heartbeatTimeoutMs(net: Net): number {
  const timeoutMs = ELECTION_TIMEOUT_MS * net.raftMultiplier;
  const firstFireMs = net.random.next() * 2 * timeoutMs;
  return firstFireMs >= timeoutMs ? firstFireMs : firstFireMs + drawElectionTimeoutMs(net);
}

/** One to two election timeouts, so that elections seldom collide. */
export function drawElectionTimeoutMs(net: Net): number {
  return ELECTION_TIMEOUT_MS * net.raftMultiplier * (1 + net.random.next());
}

/** The server starts an election after `delayMs`, unless it hears from a leader first. */
export function setTimer(net: Net, server: Server, delayMs: number): void {
  const timer = ++server.timer;
  scheduleOnServer(net, server, delayMs, () => {
    if (server.timer === timer) net.reactions.electionTimeout(net, server);
  });
}

export function stopTimer(server: Server): void {
  server.timer++;
}
