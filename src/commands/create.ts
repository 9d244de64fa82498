import { basename, dirname, resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT, exitWithSignal, formatExitCodes } from '../cli/exit-codes.js';
import { connectionFlags, limitFlags, rollingFlags } from '../cli/flags.js';
import type { ClusterFile } from '../lib/config/cluster-file.js';
import { parseDurationFlag } from '../lib/config/duration.js';
import { readTextFile } from '../lib/config/file-access.js';
import { readOrRefuse, usageError } from '../lib/config/validation.js';
import type { CreationEngine } from '../lib/create/create.js';
import type { CreationPlan, CreationResult } from '../lib/model/cluster-spec.js';
import { formatFlag } from '../lib/model/errors.js';
import { buildCreationDocument, buildCreationPlanDocument } from '../lib/output/json/command-documents.js';
import { CreationLog } from '../lib/output/plain/creation-log.js';
import { getColumns, ignoreBrokenPipes, ignoreHangup } from '../lib/output/terminal/console.js';
import { InterruptHandler } from '../lib/output/terminal/interrupts.js';
import { formatCreation, formatCreationPlan } from '../lib/output/text/creation.js';

const CREATION_EXIT_CODES: Readonly<Record<CreationResult['outcome'], number>> = {
  created: EXIT.done,
  existing: EXIT.done,
  missing: EXIT.stopped,
  interrupted: EXIT.interrupted,
};

/** The flags that the methods of this command read. */
interface CreateFlags {
  readonly file: string;
  readonly yes: boolean;
  readonly json: boolean;
  readonly 'success-threshold': number;
  readonly interval: string;
  readonly 'health-timeout': string;
}

export default class CreateCommand extends BaseCommand {
  static override summary = 'Create a Consul cluster from one file: load balancer, launch source, Auto Scaling group.';
  static override description =
    `Existing resources that match the file are kept, so the command can be run again after an interruption. An existing resource that differs from the file is never changed: the command refuses. See docs/create.md for every key of the file.

${formatExitCodes({
  [EXIT.done]: 'the cluster is complete and healthy',
  [EXIT.usage]: 'invalid flags, or errors in the file; nothing was changed',
  [EXIT.refused]: 'refused: an existing resource differs from the file, or AWS denies a request',
  [EXIT.stopped]:
    'all resources exist, but the cluster did not become healthy in time; run it again to continue waiting',
  [EXIT.interrupted]: 'interrupted; run it again',
})}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --file cluster.yaml --dry-run',
    '<%= config.bin %> <%= command.id %> --file cluster.yaml',
  ];
  static override flags = {
    file: Flags.string({ char: 'f', summary: 'Cluster file, in YAML or JSON.', required: true }),
    'dry-run': Flags.boolean({ summary: 'Show what would be created, and create nothing.', default: false }),
    yes: rollingFlags.yes,
    'health-timeout': Flags.string({
      summary: 'Time limit for all servers to be voters and in service, from the creation of the group.',
      default: '15m',
    }),
    'success-threshold': limitFlags['success-threshold'],
    interval: limitFlags.interval,
    region: connectionFlags.region,
    profile: connectionFlags.profile,
    'consul-port': connectionFlags['consul-port'],
    'allow-plaintext-token': connectionFlags['allow-plaintext-token'],
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CreateCommand);
    const { file, userData } = await this.#read(flags.file);
    const settings = this.readConnectionSettings({ ...flags, region: resolveRegion(file, flags.region) });
    const [{ connectForCreate }, { planCluster }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/create/plan.js'),
    ]);
    const engine = await connectForCreate(settings);
    try {
      const makePlan = () => planCluster(engine, file, userData);
      if (flags['dry-run']) await this.#show(engine, await makePlan(), flags.json);
      else await this.#createCluster(engine, makePlan, flags);
    } finally {
      await engine.close();
    }
  }

  async #read(path: string): Promise<{ file: ClusterFile; userData: string }> {
    const [{ parseClusterFile }, { buildUserDataScript }] = await Promise.all([
      import('../lib/config/cluster-file.js'),
      import('../lib/create/user-data.js'),
    ]);
    const file = parseClusterFile(readClusterFile(path), basename(path));
    const readNextTo = (name: string) => readTextFile(resolve(dirname(path), name));
    return { file, userData: buildUserDataScript(file, readNextTo) };
  }

  async #show(engine: CreationEngine, plan: CreationPlan, json: boolean): Promise<void> {
    const { assertCreatable } = await import('../lib/create/checks.js');
    const differs = plan.resources.some(({ state }) => state === 'differs');
    if (!differs) await assertCreatable(engine, plan);
    const exitCode = differs ? EXIT.refused : EXIT.done;
    if (json) this.printJson(buildCreationPlanDocument(plan, exitCode));
    else this.printLines(formatCreationPlan(plan, getColumns(process.stdout)));
    if (differs) this.exit(exitCode);
  }

  async #createCluster(
    engine: CreationEngine,
    makePlan: () => Promise<CreationPlan>,
    flags: CreateFlags,
  ): Promise<void> {
    const limits = {
      healthTimeoutMs: parseDurationFlag(flags['health-timeout'], '--health-timeout', { minMs: 1 }),
      intervalMs: parseDurationFlag(flags.interval, '--interval', { minMs: 10, maxMs: 600_000 }),
      successThreshold: flags['success-threshold'],
    };
    const [{ assertCreatable }, { createCluster }] = await Promise.all([
      import('../lib/create/checks.js'),
      import('../lib/create/create.js'),
    ]);
    const plan = await makePlan();
    await assertCreatable(engine, plan);
    if (plan.resources.some(({ state }) => state !== 'exists')) await this.#confirm(plan, flags);
    ignoreBrokenPipes(process.stderr, process.stdout);
    ignoreHangup(process);
    const interrupts = new InterruptHandler(process, { onThird: exitWithSignal });
    const log = new CreationLog(process.stderr);
    const options = { ...limits, signal: interrupts.pauseSignal };
    const result = await createCluster(engine, plan, makePlan, options, (event) => log.handle(event)).finally(() =>
      interrupts.close(),
    );
    this.#report(result, flags.json);
  }

  async #confirm(plan: CreationPlan, { yes, json, file }: CreateFlags): Promise<void> {
    if (!yes) this.assertCanConfirm(`consul-roll create ${formatFlag('file', file)} --dry-run`);
    if (!(yes && json)) this.printNotice(formatCreationPlan(plan, getColumns(process.stderr)));
    if (!yes) await this.confirm('Create?');
  }

  #report(result: CreationResult, json: boolean): void {
    const exitCode = CREATION_EXIT_CODES[result.outcome];
    if (json) this.printJson(buildCreationDocument(result, exitCode));
    else this.printLines(formatCreation(result, getColumns(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }
}

function readClusterFile(path: string): string {
  return readOrRefuse(
    () => readTextFile(path),
    `The cluster file ${path} cannot be read`,
    'name a readable file with --file',
  );
}

/** The file and the flag must not name different regions. */
function resolveRegion({ region }: ClusterFile, flag: string | undefined): string | undefined {
  if (region === undefined || flag === undefined || region === flag) return region ?? flag;
  throw usageError(`The file sets region ${region}, but --region is ${flag}.`, 'remove one of them');
}
