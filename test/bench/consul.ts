const ANSWER_LIMIT_MS = 5_000;

/** One request to a server's own HTTP API. @throws Error without an answer, or with a status that is not 200 */
async function ask(method: 'GET' | 'PUT' | 'POST', address: string, path: string): Promise<Response> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const answer = await fetch(`http://${address}:8500/v1/${path}`, { method, signal });
  if (!answer.ok) throw new Error(`${path} on ${address} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

/** Asks a server to leave; it may end before it answers. */
export async function askToLeave(address: string): Promise<void> {
  await ask('PUT', address, 'agent/leave').catch(() => undefined);
}

/** Moves leadership from one server to another, which Consul can from 1.15 on. @returns whether it could */
export async function transferLeadership(from: string, to: string): Promise<boolean> {
  try {
    const configuration = await ask('GET', from, 'operator/raft/configuration');
    const { Servers } = (await configuration.json()) as { Servers: readonly { ID: string; Address: string }[] };
    const target = Servers.find(({ Address }) => Address === `${to}:8300`);
    await ask('POST', from, `operator/raft/transfer-leader?id=${target?.ID}`);
    return true;
  } catch {
    return false;
  }
}

/** Whether an agent answers as usual, which is what the observer calls up; one that shuts down answers with errors first. */
export async function isUp(address: string): Promise<boolean> {
  return ask('GET', address, 'status/leader').then(
    () => true,
    () => false,
  );
}

/** How many servers autopilot calls healthy. */
export async function countHealthyServers(address: string): Promise<number> {
  try {
    const answer = await fetch(`http://${address}:8500/v1/operator/autopilot/health`, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    // Answered with 429 while a server is unhealthy, and the same body.
    const { Servers = [] } = (await answer.json()) as { Servers?: readonly { Healthy: boolean }[] };
    return Servers.filter(({ Healthy }) => Healthy).length;
  } catch {
    return 0;
  }
}
