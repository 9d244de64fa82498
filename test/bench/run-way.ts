import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigureHealthCheckCommand } from '@aws-sdk/client-elastic-load-balancing';
import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { startWriter, type Writer } from '../../src/sandbox/demo/writer.js';
import type { BootScriptRenderer } from '../../src/sandbox/interfaces.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { listLiveServers } from '../helpers/account.js';
import type { Program } from '../helpers/program.js';
import { findAgreedLeader } from '../helpers/quorum-record.js';
import { buildSiteEnvironment } from '../helpers/site.js';
import { openAwsClients } from './aws.js';
import { askToLeave, isUp } from './consul.js';
import { judgeEnd, startObserver } from './observer.js';
import type { WayResult } from './result.js';
import type { BenchSite, Way, WayEnd } from './ways/way.js';

/** What is the same for every way of a run. */
export interface RunOptions {
  readonly size: number;
  readonly speed: number;
  readonly consul: { readonly kind: 'simulated' } | { readonly kind: 'path'; readonly path: string };
  /** consul-roll, compiled. */
  readonly program: Program;
  readonly writeIntervalMs: number;
  /** How long the cluster is watched, under writes, before a way begins and after it has ended. */
  readonly calmMs: number;
  readonly watchMs: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

const NEW_IMAGE = getImage('consul-v2').imageId;
/** Where there is no quorum, there is no answer either. */
const VERIFY_LIMIT_MS = 10_000;
const LEAVE_LIMIT_MS = 60_000;

const renderLeavingBootScript: BootScriptRenderer = (tag, bootstrapExpect) =>
  renderDefaultBootScript(tag, bootstrapExpect, { leave_on_terminate: true });

/** One way from beginning to end, on a sandbox of its own that is like that of every other way. */
export async function runWay(way: Way, options: RunOptions): Promise<WayResult> {
  const { size, speed, consul, program, signal } = options;
  const renderScript = way.leavesOnStop ? renderLeavingBootScript : renderDefaultBootScript;
  // The servers' own calls of AWS are made by a small program: a real `aws` is a second of a processor at every boot.
  const env = { PATH: process.env.PATH, CONSUL_ROLL_SANDBOX_AWS: 'shim' };
  const sandbox = await startSandbox({ size, speed, consul, env, signal, port: 0, renderBootScript: renderScript });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const aws = openAwsClients(sandbox);
  const limit = AbortSignal.any([signal, AbortSignal.timeout((way.limitMs / speed) * (speed > 1 ? 2 : 1))]);
  try {
    const { cluster } = sandbox;
    if (cluster === undefined) throw new Error('the sandbox made no cluster');
    const { groupName, loadBalancerName } = cluster;
    const environment = buildSiteEnvironment(sandbox, folder);
    const common = { sandbox, groupName, loadBalancerName, size, speed, aws, program, folder };
    return await measure(way, { ...common, imageId: NEW_IMAGE, env: environment, signal: limit }, options);
  } finally {
    aws.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(way: Way, site: BenchSite, options: RunOptions): Promise<WayResult> {
  const { sandbox, size, signal } = site;
  const { watchMs, calmMs } = options;
  await setHealthCheck(site);
  await way.prepare?.(site);
  const old = listLiveServers(sandbox.aws).map(({ instanceId }) => instanceId);
  const before = sandbox.calls();
  const observer = startObserver(sandbox, old);
  const writer = startWriter({
    url: sandbox.loadBalancerUrl ?? '',
    intervalMs: options.writeIntervalMs,
    prefix: 'bench',
    verifyLimitMs: VERIFY_LIMIT_MS,
  });
  await sleep(calmMs);
  const startMs = performance.now();
  const ended = await endOf(way.replace(site), signal);
  const elapsedMs = performance.now() - startMs;
  const calls = countNewCalls(before, sandbox.calls());
  await sleep(watchMs);
  const end = await judgeEnd(sandbox, size, NEW_IMAGE);
  const record = await observer.stop();
  const writes = await stopWriter(writer);
  const leaveMs = way.ours && end === 'healthy' ? await measureLeave(sandbox) : undefined;
  const { id, title, how, ours } = way;
  return { id, title, how, ours, ...ended, elapsedMs: Math.round(elapsedMs), end, ...record, writes, calls, leaveMs };
}

/** As in the article, except that it checks as often as AWS allows: every 5 s at speed 1, where the article has 30 s. */
async function setHealthCheck({ aws, loadBalancerName, speed }: BenchSite): Promise<void> {
  await aws.balancing.send(
    new ConfigureHealthCheckCommand({
      LoadBalancerName: loadBalancerName,
      HealthCheck: {
        Target: 'HTTP:8500/v1/status/leader',
        Interval: Math.max(1, Math.round(5 / speed)),
        Timeout: Math.max(1, Math.round(3 / speed)),
        HealthyThreshold: 2,
        UnhealthyThreshold: 2,
      },
    }),
  );
}

/** What a way says itself; where it throws or takes too long, why. */
async function endOf(
  replaced: Promise<WayEnd>,
  limit: AbortSignal,
): Promise<Pick<WayResult, 'exitCode' | 'by' | 'why' | 'spent'>> {
  try {
    return { ...(await replaced), why: undefined };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { exitCode: undefined, by: undefined, why: limit.aborted ? 'it did not end in time' : message };
  }
}

function countNewCalls(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Record<string, number> {
  const counts = [...after].map(([action, count]) => [action, count - (before.get(action) ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0).sort(([a], [b]) => a.localeCompare(b)));
}

/** Without a leader no key can be read in consistent mode: then it is unknown what is lost. */
async function stopWriter(writer: Writer): Promise<WayResult['writes']> {
  try {
    const { acknowledged, failed, longestGapMs, lost } = await writer.stop();
    return { acknowledged, failed, longestGapMs, lost };
  } catch {
    const { acknowledged, failed, longestGapMs } = writer.snapshot();
    return { acknowledged, failed, longestGapMs, lost: undefined };
  }
}

/** From the request to one follower to leave until its agent is down: what a drain is compared with. */
async function measureLeave(sandbox: Sandbox): Promise<number | undefined> {
  const leader = await findAgreedLeader(sandbox);
  const follower = listLiveServers(sandbox.aws).find(({ instanceId }) => instanceId !== leader?.instanceId);
  if (leader === undefined || follower === undefined) return undefined;
  const startMs = performance.now();
  void askToLeave(follower.address);
  while (await isUp(follower.address)) {
    if (performance.now() - startMs > LEAVE_LIMIT_MS) return undefined;
    await sleep(100);
  }
  return Math.round(performance.now() - startMs);
}
