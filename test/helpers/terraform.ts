import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './root.js';

/** Terraform in one folder, its provider installed. */
export interface Terraform {
  /** Runs a command line of a shell there, Terraform's or one that consul-roll printed; `signal` ends it. */
  run(line: string, signal?: AbortSignal): Promise<TerraformEnded>;
}

export interface TerraformEnded {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the module asks for is what must be there. */
const VERSIONS = join(ROOT, 'deploy/terraform/versions.tf');
const PROBE_LIMIT_MS = 60_000;

/** How `terraform init` gets its provider here, or why it does not. */
const INIT_RESULT = findInit();

export const hasTerraform = 'args' in INIT_RESULT;

/** Says loudly, once a test file, that what needs Terraform was left out, and what it would take. */
export function warnIfNoTerraform(what: string): void {
  if ('args' in INIT_RESULT) return;
  process.stderr.write(`\n*** SKIPPED: ${what}: ${INIT_RESULT.lacking} ***\n\n`);
}

/** Terraform in a folder, started there with what leads its provider to a sandbox. */
export async function openTerraform(folder: string, env: Readonly<Record<string, string>>): Promise<Terraform> {
  if (!('args' in INIT_RESULT)) throw new Error(INIT_RESULT.lacking);
  const terraform: Terraform = {
    run: (line, signal) => runShell(line, { cwd: folder, env: { ...env, ...ownEnvironment() }, signal }),
  };
  const { exitCode, stderr } = await terraform.run(`terraform ${INIT_RESULT.args.join(' ')}`);
  if (exitCode !== 0) throw new Error(stderr);
  return terraform;
}

/** A plain init; or one from a plugin cache, whose layout is that of a mirror. */
function findInit(): { readonly args: readonly string[] } | { readonly lacking: string } {
  if (spawnSync('terraform', ['version']).error !== undefined) return { lacking: 'no terraform on the PATH' };
  const plain = ['init', '-no-color', '-input=false'];
  const cache = process.env.TF_PLUGIN_CACHE_DIR;
  const ways = [plain, ...(cache ? [[...plain, `-plugin-dir=${cache}`]] : [])];
  const failures = ways.map((args) => ({ args, failure: runAndFindFailure(args) }));
  const works = failures.find(({ failure }) => failure === undefined);
  if (works !== undefined) return { args: works.args };
  const said = failures.map(({ failure }) => failure).join(' / ');
  return {
    lacking:
      'terraform is there, and terraform init does not find the AWS provider: have TF_CLI_CONFIG_FILE name a ' +
      `file with a filesystem_mirror, or TF_PLUGIN_CACHE_DIR a folder that is laid out as one. It said: ${said}`,
  };
}

/** What Terraform says against it, in one line; undefined where it succeeds. */
function runAndFindFailure(args: readonly string[]): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'));
  try {
    copyFileSync(VERSIONS, join(folder, 'versions.tf'));
    const { TF_PLUGIN_CACHE_DIR: _, TF_CLI_CONFIG_FILE: __, ...rest } = process.env;
    const env = { ...rest, ...ownEnvironment() };
    const ended = spawnSync('terraform', args, { cwd: folder, timeout: PROBE_LIMIT_MS, env, encoding: 'utf8' });
    if (ended.status === 0) return undefined;
    const [, error = `ended with ${ended.status ?? ended.signal}`] =
      /Error: ([\s\S]*?)(?=\n\n(?:To see|Error)|$)/.exec(ended.stderr) ?? [];
    return error.replaceAll(/\s+/g, ' ').trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What of this process's environment is Terraform's. A plugin cache is not: it is named on the command line where it
 * is needed, and Terraform does not install from a folder into the same one. Nor is a configuration that is not
 * there: Terraform continues without it, and warns at every command.
 */
function ownEnvironment(): Record<string, string> {
  const { TF_PLUGIN_CACHE_DIR: _, TF_CLI_CONFIG_FILE: configured = '', ...rest } = process.env;
  const names = Object.keys(rest).filter((name) => name.startsWith('TF_'));
  return {
    ...Object.fromEntries(names.map((name) => [name, rest[name] ?? ''])),
    ...(existsSync(configured) && { TF_CLI_CONFIG_FILE: configured }),
    PATH: process.env.PATH ?? '',
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
  };
}

interface ShellOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly signal: AbortSignal | undefined;
}

/** A signal ends the shell's last command, which takes the shell's place. */
function runShell(line: string, options: ShellOptions): Promise<TerraformEnded> {
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', line], { ...options, maxBuffer: 16_000_000 }, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ exitCode, stdout, stderr });
    });
  });
}
