import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../../src/cli/exit-codes.js';
import PlanCommand from '../../../src/commands/plan.js';
import ResumeCommand from '../../../src/commands/resume.js';
import RollbackCommand from '../../../src/commands/rollback.js';
import StatusCommand from '../../../src/commands/status.js';
import UpgradeCommand from '../../../src/commands/upgrade.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { EmitEvent } from '../../../src/lib/model/events.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { RollResult } from '../../../src/lib/model/outcome.js';
import { OUTCOMES } from '../../../src/lib/model/outcome.js';
import type { ClusterStatus, RollOptions, RollPlan } from '../../../src/lib/model/plan.js';
import { buildFailedCheck } from '../../helpers/doctor-report.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan } from '../../helpers/plans.js';
import { buildResult, buildScriptedRoll } from '../../helpers/scripted-roll.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ORDER = ['--cluster', 'consul', '--ami', 'ami-0c0ffee02'];

/** The library behind the commands, as each test wants it. */
const library = vi.hoisted(() => ({
  plan: async (): Promise<unknown> => undefined,
  result: undefined as unknown,
  thrown: undefined as unknown,
  orders: [] as unknown[],
  closed: 0,
}));

vi.mock('../../../src/cli/connect.js', () => ({
  connect: async () => ({
    clock: { now: Date.now },
    cloud: { resolveImage: async ({ imageId }: { imageId: string }) => imageId },
    close: async () => {
      library.closed += 1;
    },
  }),
}));
vi.mock('../../../src/lib/engine/plan/plan.js', () => ({ planRoll: () => library.plan() }));
vi.mock('../../../src/lib/engine/status.js', () => ({
  readStatus: async (): Promise<ClusterStatus> => ({
    observation: buildObservation(),
    memory: EMPTY_MEMORY,
    intent: undefined,
    next: undefined,
    lock: undefined,
    healthIssues: [],
  }),
}));
vi.mock('../../../src/lib/engine/run/roll.js', () => ({
  executeRoll: async (_: unknown, options: RollOptions, emit: EmitEvent) => {
    library.orders.push(options);
    for (const event of buildScriptedRoll()) emit(event);
    if (library.thrown !== undefined) throw library.thrown;
    return library.result;
  },
}));

function prepare(plan: RollPlan, result: RollResult = buildResult()): void {
  library.plan = async () => ({ moves: [], ...plan });
  library.result = result;
}

function run(command: { run(argv: string[], root: string): Promise<unknown> }, ...argv: string[]) {
  return captureOutput(() => command.run(argv, ROOT));
}

beforeEach(() => {
  Object.assign(library, { thrown: undefined, orders: [], closed: 0 });
  prepare(buildPlan());
});

describe('upgrade', () => {
  it('prints the plan, rolls with the given options, and prints the outcome', async () => {
    const { error, stdout, stderr } = await run(UpgradeCommand, ...ORDER, '--yes', '--surge', '2', '--bake', '1m');
    expect(error).toBeUndefined();
    expect(library.orders).toMatchObject([{ surge: 2, limits: { bakeMs: 60_000 }, keepOld: false }]);
    expect(stderr).toContain('Ask i-0a15 to leave');
    expect(stderr).toContain('ask i-0a15 to leave');
    expect(stdout).toMatch(/^Rolled: every server of consul runs/m);
    expect(library.closed).toBe(1);
  });

  it.each(['--force-unlock', '--break-lock'])('forces the lock with %s', async (flag) => {
    await run(UpgradeCommand, ...ORDER, '--yes', flag);
    expect(library.orders).toMatchObject([{ forceUnlock: true }]);
  });

  it('prints one document to stdout and progress to stderr with --json', async () => {
    const { stdout, stderr } = await run(UpgradeCommand, ...ORDER, '--yes', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'consul-roll/result/4', outcome: 'rolled', exitCode: 0 });
    expect(stderr).toContain('ask i-0a15 to leave');
  });

  it.each(OUTCOMES)('exits with the code of the outcome %s', async (outcome) => {
    prepare(buildPlan(), buildResult({ outcome }));
    const { error, stdout } = await run(UpgradeCommand, ...ORDER, '--yes', '--json');
    expect(error?.oclif?.exit ?? 0).toBe(EXIT[outcome]);
    expect(JSON.parse(stdout)).toMatchObject({ outcome, exitCode: EXIT[outcome] });
  });

  it.each([
    ['rolled back as requested', { kind: 'operator-request' }, [], 0],
    ['rolled back as requested, for scripts of before', { kind: 'operator-request' }, ['--legacy-exit-codes'], 4],
    ['rolled back by itself', { kind: 'unknown' }, [], 4],
  ] as const)('exits of a roll that was %s', async (_, reason, flags, exitCode) => {
    prepare(buildPlan({ resumed: true }), buildResult({ outcome: 'rolled-back', reason }));
    const order = ['--cluster', 'consul', '--yes', '--roll', '7f3a', '--json', ...flags];
    const { error, stdout } = await run(RollbackCommand, ...order);
    expect([error?.oclif?.exit ?? 0, JSON.parse(stdout).exitCode]).toEqual([exitCode, exitCode]);
  });

  it('writes the plain log to a file of its owner, and names the files it has written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-file-'));
    const [log, events] = [join(folder, 'roll.log'), join(folder, 'roll.ndjson')];
    try {
      const { stdout } = await run(UpgradeCommand, ...ORDER, '--yes', '--log-file', log, '--events', events);
      expect(readFileSync(log, 'utf8')).toMatch(/^\d\d:\d\d:\d\dZ .*ask i-0a15 to leave/m);
      expect(statSync(log).mode & 0o777).toBe(0o600);
      expect(stdout).toContain(`Events   ${events}`);
      expect(stdout).toContain(`Log      ${log}`);
      symlinkSync(log, join(folder, 'link'));
      const linked = await run(UpgradeCommand, ...ORDER, '--yes', '--log-file', join(folder, 'link'));
      expect(linked.stderr).toMatch(/link is a link, which is not followed/);
      expect(library.orders).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [['--surge', '2'], 'ignored: --surge 2 (recorded: 5).'],
    [['--surge', '2', '--keep-old'], 'ignored: --surge 2 (recorded: 5), --keep-old (recorded: off).'],
  ])('lists the ignored flags %j of a recorded roll', async (flags, said) => {
    prepare(buildPlan({ resumed: true }));
    for (const command of [UpgradeCommand, PlanCommand]) {
      const more = command === UpgradeCommand ? ['--yes', '--json'] : ['--json'];
      const { stdout, stderr } = await run(command, ...ORDER, ...flags, ...more);
      expect(stderr).toContain(`Roll 7f3a continues as recorded; ${said}`);
      expect(JSON.parse(stdout)).toMatchObject({ exitCode: 0 });
    }
  });

  it.each([
    ['equal to the record', true, ['--surge', '5']],
    ['absent', true, []],
    ['those of a new roll', false, ['--surge', '2', '--keep-old']],
  ])('lists no ignored flags if they are %s', async (_, resumed, flags) => {
    prepare(buildPlan({ resumed }));
    const { stderr } = await run(UpgradeCommand, ...ORDER, ...flags, '--yes', '--json');
    expect(stderr).not.toContain('ignored');
  });

  it('does not roll if there is nothing to do', async () => {
    prepare(buildPlan({ steps: [], end: { kind: 'done', outcome: 'nothing-to-do' } }));
    const { error, stdout } = await run(UpgradeCommand, ...ORDER, '--yes');
    expect(error).toBeUndefined();
    expect(stdout).toContain('Nothing to do');
    expect(library.orders).toEqual([]);
  });

  it('does not roll if the plan is refused', async () => {
    const failed = [buildFailedCheck('image', 'it does not exist', 'give another --ami')];
    prepare(buildPlan({ steps: [], end: { kind: 'stop', outcome: 'refused', reason: { kind: 'preflight', failed } } }));
    const { error, stdout } = await run(UpgradeCommand, ...ORDER, '--yes');
    expect(error?.oclif?.exit).toBe(3);
    expect(stdout).toContain('it does not exist');
    expect(stdout).toContain('give another --ami');
    expect(library.orders).toEqual([]);
  });

  it('prints the state and the next command of an error, and closes the engine', async () => {
    library.thrown = new RollError({ code: 'locked', message: 'Held by ann.', kind: 'locked', next: 'wait for ann' });
    const { error, stdout, stderr } = await run(UpgradeCommand, ...ORDER, '--yes');
    expect(error?.oclif?.exit).toBe(7);
    const state =
      'Nothing was changed. consul when last observed: 5 voters, 5 healthy, quorum 3, leader i-0a11 (127.1.1.11).';
    const said = stderr.slice(stderr.indexOf('Error:')).replace(/\s+/g, ' ').trim();
    expect(said).toBe(`Error: Held by ann. ${state} Next: wait for ann`);
    expect(stdout).toBe('');
    expect(library.closed).toBe(1);
    const json = await run(UpgradeCommand, ...ORDER, '--yes', '--json');
    expect(JSON.parse(json.stdout).error).toMatchObject({ code: 'locked', state });
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('reports any other error as a bug, without a stack trace', async () => {
    library.thrown = new TypeError('x is not a function');
    const { error, stderr } = await run(UpgradeCommand, ...ORDER, '--yes');
    expect(error?.oclif?.exit).toBe(1);
    expect(stderr).toContain('Error: x is not a function');
    expect(stderr).toContain('a bug in consul-roll');
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('plan', () => {
  it('prints the steps and changes nothing', async () => {
    const { error, stdout } = await run(PlanCommand, ...ORDER);
    expect(error).toBeUndefined();
    expect(stdout).toContain('24 steps');
    expect(library.orders).toEqual([]);
    expect(library.closed).toBe(1);
  });

  it('prints one document and exits 3 if the roll would be refused', async () => {
    const reason = { kind: 'no-leader', answers: [] } as const;
    prepare(buildPlan({ steps: [], end: { kind: 'stop', outcome: 'refused', reason } }));
    const { error, stdout } = await run(PlanCommand, ...ORDER, '--json');
    expect(error?.oclif?.exit).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 3, end: { kind: 'stop', outcome: 'refused' } });
  });
});

describe('plan in GitHub Actions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  const file = join(folder, 'output');
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(file, { force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function outputs(...argv: string[]): Promise<string> {
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    vi.stubEnv('GITHUB_OUTPUT', file);
    await run(PlanCommand, ...argv);
    return readFileSync(file, 'utf8');
  }

  it('sets the outputs of the step', async () => {
    expect(await outputs(...ORDER)).toMatch(/^outcome<<(\S+)\nplanned\n\1\n(.*\n)*changes<<\1\ntrue\n\1\n/);
  });

  it.each([
    [
      'a cluster that is not found',
      ORDER,
      () => {
        library.plan = async () => {
          throw new RollError({ code: 'x', message: 'No group.', kind: 'refused', next: 'look' });
        };
      },
      'refused',
    ],
    ['invalid flags', ['--cluster', 'consul'], () => undefined, 'error'],
  ])('sets the outputs for %s', async (_, argv, arrange, outcome) => {
    arrange();
    expect(await outputs(...argv)).toMatch(new RegExp(`^outcome<<(\\S+)\\n${outcome}\\n`));
  });
});

describe('status', () => {
  it('prints the state of the cluster', async () => {
    const { stdout } = await run(StatusCommand, '--cluster', 'consul');
    expect(stdout).toContain('consul is healthy: 5 voters');
  });

  it('prints one document with --json', async () => {
    const { stdout } = await run(StatusCommand, '--cluster', 'consul', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'consul-roll/status/3',
      cluster: 'consul',
      healthy: true,
      roll: null,
    });
  });

  it.each([
    ['--output', 'ndjson'],
    ['--watch', '--exit-code'],
    ['--interval', '5'],
  ])('rejects %s %s', async (...flags) => {
    const { error } = await run(StatusCommand, '--cluster', 'consul', ...flags);
    expect(error?.oclif?.exit).toBe(2);
  });
});

describe('a roll in progress that the command line does not name', () => {
  beforeEach(() => prepare(buildPlan({ resumed: true })));

  // failure-mode: roll-not-named
  it.each([
    ['resume', ResumeCommand],
    ['rollback', RollbackCommand],
  ])('is not continued by %s --yes, which says how to name it', async (command, which) => {
    const { error, stderr } = await run(which, '--cluster', 'consul', '--yes');
    expect(error?.oclif?.exit).toBe(EXIT.refused);
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
      new RegExp(`is 7f3a onto ami-0c0ffee02, .*: consul-roll ${command} --cluster consul --yes --roll 7f3a`),
    );
    expect(library.orders).toEqual([]);
  });

  it.each([
    ['its id', ResumeCommand, ['--roll', '7f3a']],
    ['its id, to roll back', RollbackCommand, ['--roll', '7f3a']],
    ['its image', ResumeCommand, ['--ami', 'ami-0c0ffee02']],
  ] as const)('is continued by %s', async (_name, command, flags) => {
    const { stdout } = await run(command, '--cluster', 'consul', '--yes', ...flags);
    expect(stdout).toContain('Rolled');
    expect(library.orders).toHaveLength(1);
  });

  it('cannot have any text as its id', async () => {
    const { error } = await run(ResumeCommand, '--cluster', 'consul', '--yes', '--roll', 'none');
    expect(error?.oclif?.exit).toBe(EXIT.usage);
  });
});
