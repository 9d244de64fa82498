import { join } from 'node:path';
import { Flags } from '@oclif/core';
import {
  buildSandboxUpDocument,
  consulFlag,
  loadBalancerFlag,
  parseErrorDocument,
  parseSpeed,
  portFlag,
  SandboxCommand,
  speedFlag,
  toPlainLines,
} from '../../cli/sandbox-command.js';
import { isFile } from '../../cli/system.js';
import { findProgramName } from '../../cli/usage-errors.js';
import { readTextFile } from '../../lib/config/file-access.js';
import { usageError } from '../../lib/config/validation.js';
import { renderDefaultBootScript } from '../../lib/create/boot/script.js';
import { type Policy, policySchema } from '../../sandbox/aws/iam/policy.js';
import { type Port, SERVER_PORTS } from '../../sandbox/aws/security-groups.js';
import { parseConsulChoice } from '../../sandbox/instances/consul-choice.js';
import { startDetached } from '../../sandbox/lifecycle/detach.js';
import { createEndSignal, waitForAbort } from '../../sandbox/lifecycle/end-signal.js';
import {
  assertPortFree,
  buildRecord,
  getLogPath,
  getStateFolder,
  removeRecord,
  writeRecord,
} from '../../sandbox/lifecycle/state-file.js';
import { buildSummary, formatSummary, type SandboxSummary, summarySchema } from '../../sandbox/lifecycle/summary.js';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.js';

/** The options of a sandbox, from the flags. */
type SandboxUpOptions = Omit<SandboxOptions, 'env' | 'signal' | 'renderBootScript'>;

export default class SandboxUpCommand extends SandboxCommand {
  static override summary = 'Start a sandbox on this machine: an AWS endpoint, a Consul cluster and its load balancer.';
  static override description =
    'It runs until Ctrl-C, or with --detach until `sandbox down`. Each server is a Consul process with its own address; without a consul program the servers are simulated. The output says which.\n\nBoot scripts run on this machine with your rights. Where bwrap works, a script writes to its own disk only, and sees nothing of this machine but its programs, /etc as far as you may read it, and the network: no home folder, no other instance or sandbox, no socket that is a file. Where only unshare works, what a script starts ends with its instance; without both, not even that. This stays open: the network, with every service and every abstract socket of this machine; and the Consul that a script configures, which is not contained: a watch or a script check in its configuration runs commands with your rights, and its data folder may be any of yours. So a sandbox protects from accidents, not from a malicious script: run only those that you trust. Its AWS endpoint accepts only requests that are signed with its own keys, which `sandbox env` prints.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --size 3 --speed 4 --detach',
    '<%= config.bin %> <%= command.id %> --size 0 --consul simulated',
    '<%= config.bin %> <%= command.id %> --consul v1=/opt/consul-1.8/consul,v2=/opt/consul-1.21/consul',
  ];
  static override flags = {
    size: Flags.integer({
      summary: 'Servers of the first cluster; 0 starts an empty account, for Terraform or aws to fill.',
      default: 5,
      min: 0,
      max: 9,
    }),
    port: portFlag,
    speed: speedFlag,
    consul: consulFlag,
    'load-balancer': loadBalancerFlag,
    'launch-templates-only': Flags.boolean({ summary: 'Refuse launch configurations, as new AWS accounts do.' }),
    'closed-port': Flags.string({
      summary:
        'A port that the security group of the servers does not allow, such as 8301/udp. Doctor reports it; no traffic is filtered.',
      multiple: true,
    }),
    policy: Flags.file({ summary: 'An IAM policy, as JSON, that limits every call: see iam-policy.' }),
    detach: Flags.boolean({ summary: 'Return when it is ready, and leave it running.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SandboxUpCommand);
    const { size, port } = flags;
    const wanted = {
      size,
      port,
      speed: parseSpeed(flags.speed),
      consul: parseConsulChoice(flags.consul),
      loadBalancer: flags['load-balancer'],
      launchTemplatesOnly: flags['launch-templates-only'],
      closedPorts: (flags['closed-port'] ?? []).map(parsePort),
      policy: flags.policy === undefined ? undefined : readPolicyFile(flags.policy),
    };
    const folder = getStateFolder(process.env);
    assertPortFree(folder, port);
    const end = createEndSignal(process);
    if (!flags.json) this.printNotice(toPlainLines([`Starting an AWS endpoint and ${size} Consul servers...`]));
    if (flags.detach) this.#show(await this.#runInBackground(getLogPath(folder, port), end), flags.json);
    else await this.#runInForeground(wanted, folder, end, flags.json);
  }

  async #runInForeground(wanted: SandboxUpOptions, folder: string, end: AbortSignal, json: boolean): Promise<void> {
    const { startSandbox } = await import('../../sandbox/sandbox.js');
    const startedAtMs = Date.now();
    const sandbox = await startSandbox({
      ...wanted,
      env: process.env,
      signal: end,
      renderBootScript: renderDefaultBootScript,
    });
    try {
      const summary = buildSummary(sandbox, process.pid);
      writeRecord(folder, buildRecord(summary, startedAtMs));
      this.#show(summary, json);
      if (!json) this.printNotice(toPlainLines(['Ctrl-C ends it.']));
      await waitUntilEnd(sandbox, end);
    } finally {
      await sandbox.close();
      removeRecord(folder, wanted.port);
    }
  }

  /** Starts another process with the same flags, which writes the summary, or its error, as JSON. */
  async #runInBackground(log: string, end: AbortSignal): Promise<SandboxSummary> {
    const program = join(this.config.root, 'bin', 'run.js');
    const flags = this.argv.filter((word) => word !== '--detach' && word !== '--json');
    const detached = await startDetached([process.execPath, program, 'sandbox', 'up', '--json', ...flags], log, end);
    if (detached.kind === 'ended') throw new Error(detached.errors);
    const summary = summarySchema.safeParse(detached.document);
    if (!summary.success) throw parseErrorDocument(detached.document);
    return summary.data;
  }

  #show(summary: SandboxSummary, json: boolean): void {
    if (json) this.printJson(buildSandboxUpDocument(summary));
    else {
      const program = findProgramName(this.config.bin, process.argv[1], process.cwd());
      this.printLines(toPlainLines(formatSummary(summary, program)));
    }
  }
}

/** @throws RollError `bad-usage` for anything but a port that servers need of each other */
function parsePort(text: string): Port {
  const found = SERVER_PORTS.find(({ port, protocol }) => text === `${port}/${protocol}`);
  if (found !== undefined) return found;
  const known = SERVER_PORTS.map(({ port, protocol }) => `${port}/${protocol}`).join(', ');
  throw usageError(`Invalid --closed-port "${text}": expected a port between servers.`, `use some of ${known}`);
}

/** @throws RollError `bad-usage` for a file that is not a policy, or that the sandbox cannot enforce */
function readPolicyFile(file: string): Policy {
  const parsed = policySchema.safeParse(readJsonFile(file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usageError(
    `${file} is not a policy that the sandbox can enforce: ${issue?.path.join('.')}: ${issue?.message}.`,
    'write it with consul-roll iam-policy',
  );
}

function readJsonFile(file: string): unknown {
  if (!isFile(file)) throw usageError(`There is no file ${file} for --policy.`, 'write it with consul-roll iam-policy');
  try {
    return JSON.parse(readTextFile(file));
  } catch {
    // The message of the parser quotes the file.
    throw usageError(`${file} is not JSON, or cannot be read.`, 'write it with consul-roll iam-policy');
  }
}

async function waitUntilEnd(sandbox: Sandbox, end: AbortSignal): Promise<void> {
  const failed = sandbox.failure.then((thrown) => {
    throw thrown;
  });
  await Promise.race([waitForAbort(end), failed]);
}
