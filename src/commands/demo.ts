import { Flags } from '@oclif/core';
import { limitFlags, surgeFlags } from '../flags.js';
import { consulChoice } from '../lib/sandbox/consul-choice.js';
import { durationMs } from '../lib/settings/duration.js';
import { limitsFrom } from '../lib/settings/order.js';
import { createView, viewKindFor, wantsColour } from '../lib/ui/create-view.js';
import { Interrupts } from '../lib/ui/interrupts.js';
import { demoJson } from '../lib/ui/json/demo.js';
import { columnsOf } from '../lib/ui/print.js';
import { demoExitCode, demoReport } from '../lib/ui/reports/demo.js';
import type { View } from '../lib/ui/view.js';
import { loadBalancerFlag, SandboxCommand, speedFrom } from '../sandbox-command.js';

export default class Demo extends SandboxCommand {
  static override summary =
    'A real roll on this machine: a small cloud, a Consul cluster in it, and writes all the while.';
  static override description =
    'Needs no account. Uses a real Consul where there is one (--consul, CONSUL_BIN, the PATH), and says which it was.\nThe exit code is that of the roll; 1 if a single acknowledged write was lost.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --consul simulated --to consul-broken --health-timeout 1m',
  ];
  static override flags = {
    ...surgeFlags,
    ...limitFlags,
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
    const { size, to, surge, strategy, json } = flags;
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
      tell: (text: string) => this.tell([{ text, tone: 'faint' }]),
      view: () => this.#view(json),
    };
    const starting = new AbortController();
    const interrupts = new Interrupts(process, () => starting.abort());
    const { playDemo } = await import('../demo/demo.js');
    const demo = await playDemo({ ...options, signal: starting.signal }).finally(() => interrupts.close());
    if (json) this.printJson(demoJson(demo));
    else this.print(demoReport(demo, columnsOf(process.stdout)));
    const exitCode = demoExitCode(demo);
    if (exitCode !== 0) this.exit(exitCode);
  }

  #view(json: boolean): Promise<View> {
    const kind = json ? 'plain' : viewKindFor(process.stderr, process.env);
    const colour = wantsColour(process.stderr, process.env);
    return createView(kind, { stream: process.stderr, colour, now: Date.now });
  }
}
