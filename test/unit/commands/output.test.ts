import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ResumeCommand from '../../../src/commands/resume.js';
import RollbackCommand from '../../../src/commands/rollback.js';
import UpgradeCommand from '../../../src/commands/upgrade.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { EmitEvent } from '../../../src/lib/model/events.js';
import { buildFailedCheck } from '../../helpers/doctor-report.js';
import { parseEvents } from '../../helpers/events-file.js';
import { buildPlan } from '../../helpers/plans.js';
import { listChildren } from '../../helpers/processes.js';
import { buildResult, buildScriptedRoll } from '../../helpers/scripted-roll.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ORDER = ['--cluster', 'consul', '--ami', 'ami-0c0ffee02', '--yes'];

const library = vi.hoisted(() => ({ plan: undefined as unknown, thrown: undefined as unknown, during: () => {} }));

vi.mock('../../../src/cli/connect.js', () => ({
  connect: async () => ({
    clock: { now: Date.now },
    cloud: { resolveImage: async ({ imageId }: { imageId: string }) => imageId },
    close: async () => undefined,
  }),
}));
vi.mock('../../../src/lib/engine/plan/plan.js', () => ({ planRoll: async () => library.plan }));
vi.mock('../../../src/lib/engine/run/roll.js', () => ({
  executeRoll: async (_engine: unknown, _order: unknown, emit: EmitEvent) => {
    library.during();
    for (const event of buildScriptedRoll()) emit(event);
    if (library.thrown !== undefined) throw library.thrown;
    return buildResult();
  },
}));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
  Object.assign(library, { plan: buildPlan(), thrown: undefined, during: () => {} });
  // The tests themselves may run in GitHub Actions.
  vi.stubEnv('GITHUB_ACTIONS', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function upgrade(...argv: string[]) {
  return captureOutput(() => UpgradeCommand.run([...ORDER, ...argv], ROOT));
}

function endOf(path: string) {
  return parseEvents(readFileSync(path, 'utf8')).events.at(-1);
}

describe('--output ndjson', () => {
  it('prints every event to stdout, the result last, and nothing to stderr', async () => {
    const { stdout, stderr } = await upgrade('--output', 'ndjson');
    const lines = stdout.trimEnd().split('\n');
    const { events, errors } = parseEvents(stdout);
    expect(errors).toEqual([]);
    expect(events).toHaveLength(lines.length - 1);
    expect([events[0]?.kind, events.at(-1)?.kind]).toEqual(['observed', 'ended']);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      schema: 'consul-roll/result/4',
      outcome: 'rolled',
      exitCode: 0,
    });
    expect(stderr).toBe('');
  });

  it('prints the error last if there is no result', async () => {
    library.thrown = new RollError({ code: 'locked', message: 'Held by ann.', kind: 'locked', next: 'wait' });
    const { error, stdout } = await upgrade('--output=ndjson');
    expect(error?.oclif?.exit).toBe(7);
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ exitCode: 7, error: { code: 'locked' } });
    expect(parseEvents(stdout).events.at(-1)).toMatchObject({ kind: 'ended', outcome: 'locked', exitCode: 7 });
  });

  it('prints only the document with --json', async () => {
    const { stdout, stderr } = await upgrade('--output', 'ndjson', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled' });
    expect(stderr).toContain('ask i-0a15 to leave');
  });

  it('applies to errors too if set by the environment', async () => {
    vi.stubEnv('CONSUL_ROLL_OUTPUT', 'ndjson');
    expect(parseEvents((await upgrade()).stdout).events.at(-1)).toMatchObject({ kind: 'ended' });
    library.thrown = new RollError({ code: 'locked', message: 'Held by ann.', kind: 'locked', next: 'wait' });
    const last = (await upgrade()).stdout.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ exitCode: 7, error: { code: 'locked' } });
  });
});

describe('--output quiet and plain', () => {
  it('prints only the result', async () => {
    const { stdout, stderr } = await upgrade('--output', 'quiet');
    expect(stdout).toMatch(/^Rolled: every server of consul runs/m);
    expect(stderr).toBe('');
  });

  it('prints no control characters', async () => {
    const { stdout, stderr } = await upgrade('--output', 'plain');
    expect(stderr).toMatch(
      /\d\d:\d\d:\d\dZ {2}drain .* ask i-0a15 to leave: traffic is drained; 2 old servers are in Raft\n/,
    );
    expect(stdout + stderr).not.toMatch(/[^\n\P{Cc}]/u);
  });
});

describe('--events', () => {
  it.each([
    ['upgrade', UpgradeCommand, ORDER],
    ['resume', ResumeCommand, ['--cluster', 'consul', '--yes']],
    ['rollback', RollbackCommand, ['--cluster', 'consul', '--yes', '--roll', '7f3a']],
  ])('writes the events of %s, whatever the output format', async (_, command, argv) => {
    const path = join(folder, 'roll.ndjson');
    const { stdout } = await captureOutput(() => command.run([...argv, '--json', '--events', path], ROOT));
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled' });
    const { events, errors } = parseEvents(readFileSync(path, 'utf8'));
    expect(errors).toEqual([]);
    expect(events.length).toBeGreaterThan(50);
    expect(events.at(-1)).toMatchObject({ kind: 'ended', outcome: 'rolled' });
  });

  it('continues the file of a run that was killed while writing a line', async () => {
    const path = join(folder, 'roll.ndjson');
    await upgrade('--events', path);
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.slice(0, -20));
    await upgrade('--events', path);
    const { events, errors } = parseEvents(readFileSync(path, 'utf8'));
    expect(errors).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'started')).toHaveLength(2);
  });

  it('warns and continues the roll if the file becomes unwritable', async () => {
    const path = join(folder, 'roll.ndjson');
    library.during = () => {
      for (const { pid, command } of listChildren(process.pid)) if (command[0] === 'cat') process.kill(pid, 'SIGKILL');
    };
    const { error, stdout, stderr } = await upgrade('--events', path, '--output', 'plain');
    expect(error).toBeUndefined();
    expect(stdout).toContain('Rolled: every server');
    expect(stderr.match(/Events are no longer written to .*ended/gs)).toHaveLength(1);
  });

  it('writes the end of a roll with nothing to do', async () => {
    const path = join(folder, 'roll.ndjson');
    library.plan = buildPlan({ steps: [], end: { kind: 'done', outcome: 'nothing-to-do' } });
    await upgrade('--events', path);
    expect(endOf(path)).toMatchObject({ number: 1, outcome: 'nothing-to-do', exitCode: 0, rollId: null });
  });

  it.each([
    ['in a missing directory', () => join(folder, 'no', 'roll.ndjson'), 'for --events does not exist'],
    ['that is a directory', () => folder, 'is a directory'],
    ['with other content', () => writeOtherFile(), 'is not an events file: its first line'],
  ])('rejects a file %s before any request', async (_, path, message) => {
    const { error, stderr } = await upgrade('--events', path());
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr.replaceAll('\n', ' ')).toContain(message);
    expect(stderr).not.toContain('drain');
  });

  function writeOtherFile(): string {
    const path = join(folder, 'README.md');
    writeFileSync(path, '# Notes\n');
    return path;
  }
});

describe('in GitHub Actions', () => {
  beforeEach(() => {
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    vi.stubEnv('GITHUB_STEP_SUMMARY', join(folder, 'summary.md'));
    vi.stubEnv('GITHUB_OUTPUT', join(folder, 'output'));
  });

  it('prints groups and annotations, and writes summary and outputs', async () => {
    writeFileSync(join(folder, 'summary.md'), 'Before.\n');
    const { stderr } = await upgrade();
    expect(stderr).toMatch(/::group::Drain\n\S+Z {2}drain .*\n[\s\S]*::endgroup::\n/);
    expect(stderr).toContain('::notice title=consul-roll consul%3A rolled::');
    expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toMatch(/^Before\.\n## consul-roll consul: rolled/);
    expect(readFileSync(join(folder, 'output'), 'utf8')).toMatch(/^outcome<<(\S+)\nrolled\n\1\n/);
  });

  it('writes an error that occurred before the roll', async () => {
    const failed = [buildFailedCheck('image', 'it does not exist', 'give another --ami')];
    const end = { kind: 'stop', outcome: 'refused', reason: { kind: 'preflight', failed } } as const;
    library.plan = buildPlan({ steps: [], end });
    const { error, stderr } = await upgrade('--json');
    expect(error?.oclif?.exit).toBe(3);
    expect(stderr).toMatch(/::error title=consul-roll consul%3A refused::.*it does not exist/);
    expect(readFileSync(join(folder, 'output'), 'utf8')).toMatch(/exit-code<<(\S+)\n3\n\1/);
  });

  it('continues the roll if its files cannot be written', async () => {
    mkdirSync(join(folder, 'output'));
    const { error, stderr } = await upgrade('--output', 'quiet');
    expect(error).toBeUndefined();
    expect(stderr).toContain('output was not written');
  });
});
