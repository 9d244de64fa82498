import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootScriptRenderer, Cloud, InstanceSpec } from '../interfaces.js';
import { configureWithoutScript, createInstanceFiles, type InstanceFiles } from './instance-files.js';
import { type InstanceServer, startInstanceServer } from './instance-server.js';
import { runScript, type ScriptRun } from './script-run.js';
import { createShims, type InstanceService } from './shims.js';
import type { Tools } from './tools.js';
import { findBootScript, prefixScriptPaths } from './user-data.js';

/** What instances share. */
export interface InstanceContext {
  /** Where the instances' folders go; it must exist. */
  readonly folder: string;
  /** Undefined on a machine without bash, where no boot script is run. */
  readonly tools: Tools | undefined;
  readonly cloud: Cloud;
  /** For instances launched without user data. */
  readonly renderBootScript: BootScriptRenderer;
  /** Scripts that every image has, by path, which boot scripts may call. */
  readonly imageScripts?: Readonly<Record<string, string>> | undefined;
}

/** One instance as its operating system: a disk, a metadata service, and the boot script that is run once. */
export class Instance {
  readonly spec: InstanceSpec;
  /** Holds `console.log`, `user-data.sh`, `netrc` for curl, and the disk, `root/`. */
  readonly folder: string;
  readonly files: InstanceFiles;
  readonly #context: InstanceContext;
  #server: InstanceServer | undefined;
  #run: ScriptRun | undefined;
  #off = false;

  constructor(spec: InstanceSpec, context: InstanceContext) {
    this.spec = spec;
    this.folder = join(context.folder, spec.instanceId);
    this.#context = context;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.files = createInstanceFiles(join(this.folder, 'root'), spec, context.tools?.folder, context.imageScripts);
  }

  /** Starts the metadata service and runs the boot script; comes back when it has ended. */
  async boot(service: InstanceService): Promise<void> {
    const { cloud, tools } = this.#context;
    if (tools === undefined) return this.#bootWithoutScript(service);
    const shims = createShims(this.spec, service, {
      ...{ cloud, metadataUrl: () => this.#server?.url ?? '' },
      root: this.files.root,
    });
    const server = await startInstanceServer(this.spec, shims, cloud.roleSecretKey);
    this.#server = server;
    if (this.#off) return server.close();
    writeFileSync(join(this.folder, 'netrc'), server.netrc, { mode: 0o600 });
    const script = findBootScript(this.spec, this.#context.renderBootScript);
    if (script === undefined) return this.#log('the user data is not a shell script: nothing is run');
    this.#run = runScript({
      bash: tools.bash,
      script: prefixScriptPaths(script, this.files.root),
      folder: this.folder,
      root: this.files.root,
      env: this.#environment(server, tools),
      containment: tools.containment,
      needed: [...tools.needed, ...(this.spec.image.consulPath === undefined ? [] : [this.spec.image.consulPath])],
    });
    const exit = await this.#run.ended;
    this.#log(exit === undefined ? 'the boot script was ended' : `the boot script ended, exit ${exit}`);
  }

  /** Power off: ends the boot script and the metadata service. */
  off(): void {
    this.#off = true;
    this.#run?.kill();
    this.#server?.close();
  }

  /** What was written to the console. */
  console(): string {
    const file = join(this.folder, 'console.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  #bootWithoutScript(service: InstanceService): void {
    this.#log('there is no bash on this machine: the server joins without its boot script');
    configureWithoutScript(this.files, this.spec);
    service.start();
  }

  #environment({ at, token, url }: InstanceServer, tools: Tools): Record<string, string> {
    const { root } = this.files;
    const { consulPath } = this.spec.image;
    return {
      PATH: tools.folder,
      HOME: join(root, 'root'),
      TMPDIR: join(root, 'tmp'),
      LANG: 'C.UTF-8',
      SANDBOX_FOLDER: this.folder,
      SANDBOX_MACHINE: at,
      SANDBOX_TOKEN: token,
      ...(consulPath === undefined ? {} : { SANDBOX_CONSUL: consulPath }),
      AWS_ENDPOINT_URL: this.#context.cloud.endpointUrl(),
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
    };
  }

  /** The sandbox's folder may already be removed. */
  #log(line: string): void {
    if (existsSync(this.folder)) appendFileSync(join(this.folder, 'console.log'), `[sandbox] ${line}\n`);
  }
}
