import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud, MachineSpec } from '../seams.js';
import { configureWithoutScript, type Disk, layOutDisk } from './disk.js';
import { type InstanceServer, startInstanceServer } from './instance-server.js';
import { runScript, type ScriptRun } from './script-run.js';
import { type Service, standInsOf } from './stand-ins.js';
import type { Tools } from './tools.js';
import { bootScriptOf, rootedScript } from './user-data.js';

/** What instances share. */
export interface Site {
  /** Where the instances' folders go; it must exist. */
  readonly folder: string;
  /** Undefined on a machine without bash, where no boot script is run. */
  readonly tools: Tools | undefined;
  readonly cloud: Cloud;
}

/** One instance as its operating system: a disk, a metadata service, and the boot script that is run once. */
export class Instance {
  readonly spec: MachineSpec;
  /** Holds `console.log`, `user-data.sh` and the disk, `root/`. */
  readonly folder: string;
  readonly disk: Disk;
  readonly #site: Site;
  #server: InstanceServer | undefined;
  #run: ScriptRun | undefined;
  #off = false;

  constructor(spec: MachineSpec, site: Site) {
    this.spec = spec;
    this.folder = join(site.folder, spec.instanceId);
    this.#site = site;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.disk = layOutDisk(join(this.folder, 'root'), spec, site.tools?.folder);
  }

  /** Starts the metadata service and runs the boot script; comes back when it has ended. */
  async boot(service: Service): Promise<void> {
    const { cloud, tools } = this.#site;
    if (tools === undefined) return this.#bootWithoutScript(service);
    const standIns = standInsOf(this.spec, this.disk.root, service, {
      cloud,
      metadataAt: () => this.#server?.at ?? '',
    });
    const server = await startInstanceServer(this.spec, standIns);
    this.#server = server;
    if (this.#off) return server.close();
    const script = bootScriptOf(this.spec);
    if (script === undefined) return this.#say('the user data is no shell script: nothing is run');
    this.#run = runScript({
      bash: tools.bash,
      script: rootedScript(script, this.disk.root),
      folder: this.folder,
      root: this.disk.root,
      env: this.#environment(server, tools),
    });
    const exit = await this.#run.ended;
    this.#say(exit === undefined ? 'the boot script was ended' : `the boot script ended, exit ${exit}`);
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

  #bootWithoutScript(service: Service): void {
    this.#say('there is no bash on this machine: the server joins without its boot script');
    configureWithoutScript(this.disk, this.spec);
    service.start();
  }

  #environment({ at }: InstanceServer, tools: Tools): Record<string, string> {
    const { root } = this.disk;
    return {
      PATH: tools.folder,
      HOME: join(root, 'root'),
      TMPDIR: join(root, 'tmp'),
      LANG: 'C.UTF-8',
      SANDBOX_MACHINE: at,
      AWS_ENDPOINT_URL: this.#site.cloud.endpointUrl(),
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${at}`,
    };
  }

  /** The sandbox's folder may be gone already. */
  #say(line: string): void {
    if (existsSync(this.folder)) appendFileSync(join(this.folder, 'console.log'), `[sandbox] ${line}\n`);
  }
}
