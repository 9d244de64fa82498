import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderDefaultBootScript } from '../lib/create/boot/script.js';
import type { Engine } from '../lib/engine/engine.js';
import type { EstimateConditions } from '../lib/engine/plan/durations.js';
import { readRollContext } from '../lib/engine/plan/roll-context.js';
import { executeRoll } from '../lib/engine/run/roll.js';
import { readStatus } from '../lib/engine/status.js';
import type { Limits, StrategyName } from '../lib/model/intent.js';
import type { RollResult } from '../lib/model/outcome.js';
import type { UpgradeOptions } from '../lib/model/plan.js';
import type { EventRecorder } from '../lib/output/events/event-recorder.js';
import type { RunInfo } from '../lib/output/events/run-info.js';
import { getPhaseElapsedMs } from '../lib/output/progress.js';
import type { DemoResult, NamedImage } from '../lib/output/text/demo.js';
import type { View } from '../lib/output/view.js';
import { getImage } from '../sandbox/aws/images.js';
import { startWriter } from '../sandbox/demo/writer.js';
import { describeConsul, installConsul } from '../sandbox/instances/consul-choice.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.js';
import { connect } from './connect.js';
import { getDemoExitCode } from './exit-codes.js';
import { combineViews, withContext } from './outputs.js';
import { runRollInView } from './run-roll.js';

/** What a demo is to show. */
export interface DemoOptions {
  readonly size: number;
  /** Undefined for 1 with a real Consul, and faster where it is simulated. */
  readonly speed: number | undefined;
  readonly consul: SandboxOptions['consul'];
  readonly loadBalancer: SandboxOptions['loadBalancer'];
  /** Name of the sandbox's image to roll onto. */
  readonly to: string;
  readonly surge: number | undefined;
  readonly strategy: StrategyName;
  readonly limits: Limits;
  /** Pause between two observations at speed 1. */
  readonly intervalMs: number;
  readonly writeIntervalMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** Cancels the start of the sandbox. */
  readonly signal: AbortSignal;
  /** Progress, for the operator. */
  readonly printLine: (line: string) => unknown;
  /** Created when the roll is about to begin. */
  readonly view: (conditions: EstimateConditions) => Promise<View>;
  /** Records the roll. */
  readonly createRecorder: (run: Omit<RunInfo, 'program'>) => EventRecorder;
}

const SIMULATED_SPEED = 4;
const FROM = 'consul-v1';

/**
 * A cluster in a sandbox, writes through its load balancer, and the real roll against the sandbox's AWS endpoint,
 * by the same calls as against AWS. Nothing is left running at the end.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { kind, version } = describeConsul(await installConsul(options.consul, options.env), FROM);
  const speed = options.speed ?? (kind === 'process' ? 1 : SIMULATED_SPEED);
  options.printLine(
    `starting a sandbox with ${options.size} servers, ${kind === 'process' ? `real ${version}` : 'SIMULATED'} Consul`,
  );
  const { size, consul, loadBalancer, env, signal } = options;
  const sandbox = await startSandbox({
    size,
    port: 0,
    speed,
    consul,
    loadBalancer,
    env,
    signal,
    renderBootScript: renderDefaultBootScript,
  });
  const folder = await mkdtemp(join(tmpdir(), 'consul-roll-demo-'));
  try {
    return await rollSandbox(sandbox, folder, speed, options);
  } finally {
    options.printLine('ending the sandbox');
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function rollSandbox(sandbox: Sandbox, folder: string, speed: number, options: DemoOptions): Promise<DemoResult> {
  const { cluster, loadBalancerUrl } = sandbox;
  if (cluster === undefined || loadBalancerUrl === undefined) throw new Error('the sandbox made no cluster');
  const from = findNamedImage(FROM, sandbox);
  const to = findNamedImage(options.to, sandbox);
  const engine = await connect(buildConnectionSettings(sandbox, folder));
  const writer = startWriter({ url: loadBalancerUrl, intervalMs: options.writeIntervalMs, prefix: 'demo' });
  const order = buildOrder(cluster.name, to.image, speed, options);
  const recorder = options.createRecorder(order);
  const result = await runRollWithView(sandbox, engine, order, recorder, options)
    .catch(async (error: unknown) => {
      await writer.stop().catch(() => undefined);
      throw error;
    })
    .finally(() => engine.close());
  options.printLine('verifying every acknowledged write');
  const writes = await writer.stop();
  const nowMs = engine.clock.now();
  const phases = recorder.progress.phases.map((phase) => ({ ...phase, elapsedMs: getPhaseElapsedMs(phase, nowMs) }));
  const demo = { roll: result, consul: sandbox.consul, from, to, writes, phases, timeSpent: recorder.timeSpent };
  recorder.conclude({ kind: 'result', result, writes, exitCode: getDemoExitCode(demo) }, nowMs);
  return demo;
}

/** Watches the roll to its end; ends early with what was thrown if the sandbox fails. */
async function runRollWithView(
  sandbox: Sandbox,
  engine: Engine,
  order: UpgradeOptions,
  recorder: EventRecorder,
  options: DemoOptions,
): Promise<RollResult> {
  const { observation } = await readStatus(engine, order);
  recorder.setFound(observation);
  const caller = await engine.cloud.readCaller();
  const context = await readRollContext(engine.cloud, observation, order.imageId, caller);
  const view = withContext(combineViews(await options.view(order), recorder), context);
  const broken = sandbox.failure.then(async (thrown) => {
    await view.end(undefined);
    throw thrown;
  });
  return Promise.race([runRollInView(executeRoll, engine, order, view), broken]);
}

function buildConnectionSettings({ region, endpointUrl, credentials }: Sandbox, snapshotDir: string) {
  return {
    aws: { region, endpoint: endpointUrl, credentials },
    consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
    snapshotDir,
  } as const;
}

function buildOrder(cluster: string, imageId: string, speed: number, options: DemoOptions): UpgradeOptions {
  return {
    kind: 'upgrade',
    cluster,
    group: undefined,
    imageId,
    launchSource: 'auto',
    lockTtlMs: 30_000,
    forceUnlock: false,
    surge: options.surge,
    strategy: options.strategy,
    keepOld: false,
    limits: options.limits,
    intervalMs: options.intervalMs / speed,
  };
}

function findNamedImage(name: string, { images }: Sandbox): NamedImage {
  return { image: getImage(name).imageId, name, consul: describeConsul(images, name).version };
}
