import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { findAgentProcess } from '../helpers/agents.js';
import { availableConsul } from '../helpers/available-consul.js';
import { listRunningServers } from '../helpers/boot-account.js';
import { findAgreedLeader } from '../helpers/quorum-record.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';
import { until } from '../sandbox/instances/until.js';

warnIfSkipped('a takeover that Raft has taken in, on real Consul');

const MINUTE_MS = 60_000;
const KEYS = 200;
const JOINED_MS = 6_000;

let site: TestSite | undefined;
afterEach(() => site?.close(), MINUTE_MS);

async function ask(address: string | undefined, path: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(`http://${address}:8500/v1/${path}`, init).catch(() => undefined);
  return response?.ok ? response.json().catch(() => undefined) : undefined;
}

function findAgent(instanceId: string) {
  try {
    return findAgentProcess(instanceId);
  } catch {
    return undefined;
  }
}

/** The supervisor of the instance starts it again. */
function killAgent(instanceId: string | undefined): void {
  const agent = instanceId === undefined ? undefined : findAgent(instanceId);
  if (agent !== undefined) process.kill(agent.pid, 'SIGKILL');
}

/** Restarted before it joins, it has a higher term than the cluster: the others take its log in place of theirs. */
async function mergeFounder(opened: TestSite) {
  const { aws } = opened.sandbox;
  const [oldGroup = '', newGroup = ''] = aws.inside.groups.keys();
  const old = listRunningServers(aws, oldGroup);
  const find = () => listRunningServers(aws, newGroup)[0];
  const leadsItself = async () => {
    const address = find()?.address;
    return address !== undefined && (await ask(address, 'status/leader')) === `${address}:8300`;
  };
  await until('it runs', () => find() !== undefined, MINUTE_MS);
  // Its image has it join the cluster by then, once: which of the two leads afterwards would be chance.
  for (const endMs = Date.now() + JOINED_MS; Date.now() < endMs; await delay(50)) killAgent(find()?.instanceId);
  for (let restarts = 0; restarts < 2; restarts += 1) {
    await until('it leads itself', leadsItself, MINUTE_MS);
    killAgent(find()?.instanceId);
    await delay(500);
  }
  await until('it leads itself', leadsItself, MINUTE_MS);
  const founder = find();
  await ask(founder?.address, `agent/join/${old[0]?.address}`, { method: 'PUT' });
  const isMerged = async ({ address }: { readonly address: string }) => {
    const peers = await ask(address, 'status/peers');
    const leader = await ask(address, 'status/leader');
    return leader === `${founder?.address}:8300` && Array.isArray(peers) && peers.length === old.length + 1;
  };
  await until(
    'all follow it, in its Raft configuration',
    async () => (await Promise.all(old.map(isMerged))).every(Boolean),
    MINUTE_MS,
  );
  return { founder, old };
}

describe.skipIf(realConsul === undefined)(
  'a server that took the cluster over, and whose Raft configuration the others have',
  () => {
    // failure-mode: founder-merged
    it(
      'is told by status, and the commands of the message bring every key back, and roll back',
      async () => {
        const opened = await openSite({ size: 3, speed: 8, consul: availableConsul });
        site = opened;
        const [first] = listRunningServers(opened.sandbox.aws, [...opened.sandbox.aws.inside.groups.keys()][0] ?? '');
        for (let n = 0; n < KEYS; n += 1) {
          await ask(first?.address, `kv/app/${n}`, { method: 'PUT', body: `value ${n}` });
        }
        const upgrade = opened.start(buildUpgradeCommand(opened, 'consul-founder', '--lock-ttl 10s'));
        await waitForOutput(upgrade, /booting/);
        upgrade.child.kill('SIGKILL');
        const { founder, old } = await mergeFounder(opened);
        const { exitCode, stderr } = await opened.run('status --cluster consul');
        expect(exitCode, stderr).toBe(6);
        const said = stderr.replace(/\s+/g, ' ');
        expect(said).toContain(`${founder?.instanceId} (${founder?.address}, in group `);
        expect(said).toContain(`terminate no server and restart none: ${founder?.instanceId} may have the only vote.`);
        const [, follower = ''] = /On i-\w+ \(([\d.]+)\), save what it has/.exec(said) ?? [];
        expect(old.map(({ address }) => address)).toContain(follower);
        const commands = [...said.matchAll(/: consul (snapshot (?:save|restore)[^;]*);/g)].map(
          ([, words = '']) => words,
        );
        expect(commands).toHaveLength(2);
        for (const words of commands) {
          execFileSync(realConsul?.path ?? '', words.split(' '), {
            cwd: opened.folder,
            env: { CONSUL_HTTP_ADDR: `http://${follower}:8500` },
          });
        }
        expect(said).toMatch(/then consul-roll rollback --cluster consul --roll \w+, which takes/);
        const rolledBack = await opened.run(buildContinueCommand(opened, 'rollback'));
        expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
        const kept = old.map(async ({ address }) => ask(address, 'kv/app/?keys&stale'));
        expect((await Promise.all(kept)).map((keys) => Array.isArray(keys) && keys.length)).toEqual([KEYS, KEYS, KEYS]);
        expect(old.map(({ address }) => address)).toContain((await findAgreedLeader(opened.sandbox))?.address);
      },
      8 * MINUTE_MS,
    );
  },
);
