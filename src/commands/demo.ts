import { Flags } from '@oclif/core';
import type { DemoOptions } from '../cli/demo.js';
import { limitFlags, outputFlags, surgeFlags } from '../cli/flags.js';
import { isForPeople, type OutputFlags, readersFor, viewOf } from '../cli/outputs.js';
import { exitCodes } from '../cli/roll-command.js';
import { loadBalancerFlag, SandboxCommand, speedFrom } from '../cli/sandbox-command.js';
import { durationMs } from '../lib/config/duration.js';
import { limitsFrom } from '../lib/config/roll-options.js';
import type { Conditions } from '../lib/engine/plan/durations.js';
import { asError } from '../lib/model/errors.js';
import type { RunFacts } from '../lib/output/events/event-recorder.js';
import { Chronicle } from '../lib/output/events/event-recorder.js';
import { demoJson } from '../lib/output/json/command-documents.js';
import { columnsOf } from '../lib/output/terminal/console.js';
import { Interrupts } from '../lib/output/terminal/interrupts.js';
import { type DemoResult, demoExitCode, demoReport } from '../lib/output/text/demo.js';
import { consulChoice } from '../sandbox/consul-choice.js';

export default class Demo extends SandboxCommand {
  static override summary =
    'A real roll on this machine: a small cloud, a Consul cluster in it, and writes all the while.';
  static override description =
    `Needs no account. Uses a real Consul where there is one (--consul, CONSUL_BIN, the PATH), and says which it was.\n\nExit codes:\n${exitCodes()}\nand 1 too if a single acknowledged write was lost.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --consul simulated --to consul-broken --health-timeout 1m',
  ];
  static override flags = {
    ...surgeFlags,
    ...limitFlags,
    ...outputFlags,
    size: Flags.integer({ summary: 'Servers of the cluster.', default: 5, min: 3, max: 9 }),
    speed: Flags.string({
      summary: 'What delays are divided by; by default 1, and 4 where Consul is simulated.',
    }),
    consul: Flags.string({
      summary: 'auto, simulated, or the path of a consul program.',
      default: 'auto',
    }),
    to: Flags.string({
      summary: 'The image to roll onto.',
      options: ['consul-v2', 'consul-broken', 'consul-lonely', 'consul-slow', 'consul-crashloop'],
      default: 'consul-v2',
    }),
    'load-balancer': loadBalancerFlag,
    interval: Flags.string({ summary: 'Pause between two looks, divided by the speed.', default: '2s' }),
    'write-interval': Flags.string({ summary: 'From one write to the next.', default: '10ms' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Demo);
    const { size, to, surge, strategy } = flags;
    const options = {
      size,
      to,
      surge,
      strategy,
      speed: flags.speed === undefined ? undefined : speedFrom(flags.speed),
      consul: consulChoice(flags.consul),
      loadBalancer: flags['load-balancer'],
      limits: limitsFrom(flags),
      intervalMs: durationMs(flags.interval, '--interval', { minMs: 100 }),
      writeIntervalMs: durationMs(flags['write-interval'], '--write-interval', { minMs: 1 }),
      env: process.env,
      tell: (text: string) => isForPeople(flags) && this.tell([{ text, tone: 'faint' }]),
      view: (conditions: Conditions) => viewOf(flags, Date.now, { conditions }),
    };
    const demo = await this.#play(options, flags);
    if (flags.json) this.printJson(demoJson(demo));
    else if (flags.output === 'ndjson') this.printLine(demoJson(demo));
    else this.print(demoReport(demo, columnsOf(process.stdout)));
    const exitCode = demoExitCode(demo);
    if (exitCode !== 0) this.exit(exitCode);
  }

  async #play(options: Omit<DemoOptions, 'signal' | 'chronicle'>, flags: OutputFlags): Promise<DemoResult> {
    const readers = await readersFor(flags, (text) => this.tell([{ text, tone: 'bad' }]));
    let told: Chronicle | undefined;
    const chronicle = (run: Omit<RunFacts, 'program'>) => {
      told = new Chronicle({ ...run, program: this.config.version }, readers, Date.now());
      return told;
    };
    const starting = new AbortController();
    const interrupts = new Interrupts(process, { first: () => starting.abort() });
    try {
      const { playDemo } = await import('../cli/demo.js');
      return await playDemo({ ...options, chronicle, signal: starting.signal });
    } catch (thrown) {
      told?.conclude({ kind: 'error', error: this.asKnown(asError(thrown)) }, Date.now());
      throw thrown;
    } finally {
      interrupts.close();
    }
  }
}
