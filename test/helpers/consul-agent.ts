import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const runningAgents = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of runningAgents) child.kill('SIGKILL');
});

/** A real Consul server that a test started, on its own loopback address and the default ports. */
export interface ConsulAgent {
  readonly address: string;
  readonly pid: number;
  exited(): boolean;
  /** SIGKILL, and its data directory with it; waits until it is gone. */
  stop(): Promise<void>;
}

/** Path of a Consul to test against, from CONSUL_BIN or the PATH; undefined, and loudly so, where there is none. */
export function findConsulBinary(): string | undefined {
  const path = process.env.CONSUL_BIN || 'consul';
  try {
    execFileSync(path, ['version'], { stdio: 'ignore' });
    return path;
  } catch {
    process.stderr.write('\nSKIPPED: tests against a real Consul. Set CONSUL_BIN or put consul on the PATH.\n\n');
    return undefined;
  }
}

/** The version of that Consul, for instance `1.8.7`. */
export function readConsulVersion(binary: string): string {
  return /^Consul v(\S+)/.exec(execFileSync(binary, ['version'], { encoding: 'utf8' }))?.[1] ?? '';
}

/** Starts a server that dies, at the latest, with this process; `args` are added to its command line. */
export function startConsulAgent(binary: string, address: string, args: readonly string[]): ConsulAgent {
  const data = mkdtempSync(join(tmpdir(), 'consul-agent-'));
  const fixed = ['-server', `-node=n-${address}`, `-bind=${address}`, `-client=${address}`, `-data-dir=${data}`];
  const hcl = '-hcl=performance { raft_multiplier = 1 } disable_update_check = true';
  const child = spawn(binary, ['agent', ...fixed, hcl, ...args], { stdio: 'ignore' });
  runningAgents.add(child);
  child.once('exit', () => runningAgents.delete(child));
  if (child.pid === undefined) throw new Error(`${binary} did not start`);
  return {
    address,
    pid: child.pid,
    exited: () => hasExited(child),
    async stop() {
      if (!hasExited(child)) {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer passes; fails with the last answer when it does not within `limitMs`. */
export async function waitUntil<Answer>(
  what: string,
  ask: () => Promise<Answer>,
  passes: (answer: Answer) => boolean,
  limitMs = 30_000,
): Promise<Answer> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (passes(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs} ms; last ${JSON.stringify(answer)}`);
    await delay(100);
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The management token of agents with `ACL_CONFIG`. */
export const MANAGEMENT_TOKEN = '11111111-1111-1111-1111-111111111111';
/** ACLs that allow nothing without a token; the agents have the management token. In HCL. */
export const ACL_CONFIG = `primary_datacenter = "dc1"
acl {
  enabled = true
  default_policy = "deny"
  tokens { master = "${MANAGEMENT_TOKEN}" agent = "${MANAGEMENT_TOKEN}" }
}`;

/** The port, which may give its ACL token to the servers at these addresses. */
export function trusting<Port extends { giveTokenTo(addresses: Iterable<string>): void }>(
  port: Port,
  ...addresses: readonly string[]
): Port {
  port.giveTokenTo(addresses);
  return port;
}
