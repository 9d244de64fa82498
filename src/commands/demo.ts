import { Flags } from '@oclif/core';
import type { DemoOptions } from '../cli/demo.js';
import { EXIT, exitWithSignal, formatExitCodes, getDemoExitCode, ROLL_EXIT_MEANINGS } from '../cli/exit-codes.js';
import { limitFlags, outputFlags, surgeFlags } from '../cli/flags.js';
import { createOutputView, isHumanOutput, type OutputFlags, openEventOutput } from '../cli/outputs.js';
import { consulFlag, loadBalancerFlag, parseSpeed, SandboxCommand } from '../cli/sandbox-command.js';
import { parseDurationFlag } from '../lib/config/duration.js';
import { parseLimits } from '../lib/config/roll-options.js';
import type { EstimateConditions } from '../lib/engine/plan/durations.js';
import { asError } from '../lib/model/errors.js';
import { EventRecorder } from '../lib/output/events/event-recorder.js';
import type { RunInfo } from '../lib/output/events/run-info.js';
import { buildDemoDocument } from '../lib/output/json/command-documents.js';
import { getColumns } from '../lib/output/terminal/console.js';
import { InterruptHandler } from '../lib/output/terminal/interrupts.js';
import { type DemoResult, formatDemo } from '../lib/output/text/demo.js';
import { parseConsulChoice } from '../sandbox/instances/consul-choice.js';

export default class DemoCommand extends SandboxCommand {
  static override summary = 'Roll a Consul cluster in a sandbox on this machine, under continuous writes.';
  static override description =
    `Needs no AWS account. Uses a real Consul if it finds one (--consul, CONSUL_BIN, PATH), and reports which it used.\n\n${formatExitCodes({ ...ROLL_EXIT_MEANINGS, [EXIT.unexpected]: 'an acknowledged write was lost, or an unexpected error' })}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --consul simulated --to consul-broken --health-timeout 1m',
  ];
  static override flags = {
    ...surgeFlags,
    ...limitFlags,
    ...outputFlags,
    size: Flags.integer({ summary: 'Servers of the cluster.', default: 5, min: 3, max: 9 }),
    speed: Flags.string({ summary: 'Divides all delays. Default: 1, or 4 if Consul is simulated.' }),
    consul: consulFlag,
    to: Flags.string({
      summary: 'The image to roll onto.',
      options: ['consul-v2', 'consul-broken', 'consul-lonely', 'consul-slow', 'consul-crashloop'],
      default: 'consul-v2',
    }),
    'load-balancer': loadBalancerFlag,
    interval: Flags.string({ summary: 'Pause between two observations, divided by the speed.', default: '2s' }),
    'write-interval': Flags.string({ summary: 'Interval between writes.', default: '10ms' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DemoCommand);
    const { size, to, surge, strategy } = flags;
    const options = {
      size,
      to,
      surge,
      strategy,
      speed: flags.speed === undefined ? undefined : parseSpeed(flags.speed),
      consul: parseConsulChoice(flags.consul),
      loadBalancer: flags['load-balancer'],
      limits: parseLimits(flags),
      intervalMs: parseDurationFlag(flags.interval, '--interval', { minMs: 100 }),
      writeIntervalMs: parseDurationFlag(flags['write-interval'], '--write-interval', { minMs: 1 }),
      env: process.env,
      printLine: (text: string) => isHumanOutput(flags) && this.printNotice([{ text, style: 'faint' }]),
      view: (conditions: EstimateConditions) => createOutputView(flags, Date.now, { conditions }),
    };
    const demo = await this.#runDemo(options, flags);
    const exitCode = getDemoExitCode(demo);
    if (flags.json) this.printJson(buildDemoDocument(demo, exitCode));
    else if (flags.output === 'ndjson') this.printLine(buildDemoDocument(demo, exitCode));
    else this.printLines(formatDemo(demo, getColumns(process.stdout)));
    if (exitCode !== 0) this.exit(exitCode);
  }

  async #runDemo(options: Omit<DemoOptions, 'signal' | 'createRecorder'>, flags: OutputFlags): Promise<DemoResult> {
    const output = await openEventOutput(flags, (text) => this.printNotice([{ text, style: 'bad' }]));
    let told: EventRecorder | undefined;
    const chronicle = (run: Omit<RunInfo, 'program'>) => {
      told = new EventRecorder({ ...run, program: this.config.version }, [output.take], Date.now());
      return told;
    };
    const interrupts = new InterruptHandler(process, { onThird: exitWithSignal });
    try {
      const { runDemo: playDemo } = await import('../cli/demo.js');
      return await playDemo({ ...options, createRecorder: chronicle, signal: interrupts.pauseSignal });
    } catch (thrown) {
      const error = this.toRollError(asError(thrown));
      told?.conclude({ kind: 'error', error, exitCode: EXIT[error.kind] }, Date.now());
      throw thrown;
    } finally {
      interrupts.close();
      await output.end();
    }
  }
}
