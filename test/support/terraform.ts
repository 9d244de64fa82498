import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Terraform in one folder, its provider installed. */
export interface Terraform {
  /** Runs a command line of a shell there, Terraform's or one that consul-roll printed. */
  run(line: string): Promise<TerraformEnded>;
}

export interface TerraformEnded {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the module asks for is what must be there. */
const VERSIONS = fileURLToPath(new URL('../../deploy/terraform/versions.tf', import.meta.url));
const PROBE_LIMIT_MS = 60_000;

/** How `terraform init` gets its provider here; undefined where there is no Terraform, or no provider for it. */
const INIT = findInit();

export const hasTerraform = INIT !== undefined;

/** Says loudly, once a test file, that what needs Terraform was left out. */
export function warnIfNoTerraform(what: string): void {
  if (hasTerraform) return;
  process.stderr.write(
    `\n*** SKIPPED: ${what}: no terraform on the PATH, or none that terraform init finds the AWS provider for ` +
      '(a mirror: TF_CLI_CONFIG_FILE, TF_PLUGIN_CACHE_DIR) ***\n\n',
  );
}

/** Terraform in a folder, started there with what leads its provider to a sandbox. */
export async function terraformIn(folder: string, env: Readonly<Record<string, string>>): Promise<Terraform> {
  const terraform: Terraform = { run: (line) => shell(line, folder, { ...env, ...ownEnvironment() }) };
  const { exitCode, stderr } = await terraform.run(`terraform ${INIT?.join(' ')}`);
  if (exitCode !== 0) throw new Error(stderr);
  return terraform;
}

/** A plain init, as for everybody; or one from a plugin cache, whose layout is that of a mirror. */
function findInit(): readonly string[] | undefined {
  const cache = process.env.TF_PLUGIN_CACHE_DIR;
  const fromCache = cache === undefined ? [] : [`-plugin-dir=${cache}`];
  const ways = [[], ...(fromCache.length > 0 ? [fromCache] : [])];
  return ways.map((way) => ['init', '-no-color', '-input=false', ...way]).find(succeeds);
}

function succeeds(args: readonly string[]): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'));
  try {
    copyFileSync(VERSIONS, join(folder, 'versions.tf'));
    const options = { cwd: folder, timeout: PROBE_LIMIT_MS, env: { ...process.env, ...ownEnvironment() } };
    return spawnSync('terraform', args, options).status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What of this process's environment is Terraform's. */
function ownEnvironment(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) => name.startsWith('TF_'));
  const own = names.map((name) => [name, process.env[name] ?? '']);
  return {
    ...Object.fromEntries(own),
    PATH: process.env.PATH ?? '',
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
  };
}

function shell(line: string, cwd: string, env: Record<string, string>): Promise<TerraformEnded> {
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', line], { cwd, env, maxBuffer: 16_000_000 }, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ exitCode, stdout, stderr });
    });
  });
}
