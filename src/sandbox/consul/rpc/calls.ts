import { REFUSED, RESET, type ReplyCallback } from '../answers.js';
import type { Net, PendingCall, Server } from '../state.js';

/**
 * One request to one server's address. The answer comes once: refused where nothing listens, reset when the process
 * dies first, and only after it is resumed when it is paused.
 */
export function callServer<T>(
  net: Net,
  address: string,
  reply: ReplyCallback<T>,
  ask: (server: Server, reply: ReplyCallback<T>) => void,
): void {
  const server = net.servers.get(address);
  if (server === undefined || (server.life !== 'running' && server.life !== 'paused')) {
    reply(REFUSED);
    return;
  }
  const pending: PendingCall = { reset: () => answerOnce(RESET) };
  const answerOnce: ReplyCallback<T> = (answer) => {
    if (server.calls.delete(pending)) reply(answer);
  };
  server.calls.add(pending);
  whenResumed(server, () => ask(server, (answer) => whenResumed(server, () => answerOnce(answer))));
}

function whenResumed(server: Server, run: () => void): void {
  if (server.life === 'paused') server.onResume.push(run);
  else run();
}
