import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as Connect from '../../../src/cli/connect.js';
import { createFakeEngine, type FakeEngine, listWrites } from '../../helpers/fake-engine.js';
import { type MistakenShell, openShell, type Said } from '../../helpers/mistaken-run.js';
import { ROOT } from '../../helpers/root.js';
import { MISTAKES, type Mistake, PLAN } from './mistake-table.js';

/** The account of every mistake, unless it is about the way to AWS. */
const account = vi.hoisted(() => ({ engine: undefined as unknown }));

vi.mock('../../../src/cli/connect.js', async (importOriginal) => {
  const real = await importOriginal<typeof Connect>();
  return {
    ...real,
    connect: async (...given: Parameters<typeof real.connect>) => account.engine ?? real.connect(...given),
  };
});

let shell: MistakenShell;

beforeAll(async () => {
  shell = await openShell();
});

afterAll(() => shell?.close());

/** The calls that changed something; that an image was looked up did not. */
const listChanges = () =>
  account.engine === undefined
    ? []
    : listWrites(account.engine as FakeEngine).filter((call) => !call.startsWith('resolveImage'));

const toWords = (typed: string | readonly string[]) => (typeof typed === 'string' ? typed.split(' ') : typed);

async function make([, typed, , , , { isReal, prepare, ...circumstances } = {}]: Mistake): Promise<Said> {
  const engine = isReal ? undefined : createFakeEngine(3);
  account.engine = engine;
  if (engine !== undefined) await prepare?.(engine);
  const before = listChanges();
  const said = await shell.run(toWords(typed), circumstances);
  expect(listChanges()).toEqual(before);
  return said;
}

/**
 * The sentence and the remedy of an error, or of a plan that is refused. Several calls are made at once: which of them is
 * refused first, and named, is left to chance.
 */
function readAnswer({ stdout, stderr }: Said): readonly string[] {
  const error = /^Error: ([\s\S]*)\n(?:Nothing was changed\.|.* it changed nothing\.)\nNext: (.*)\s*$/m.exec(stderr);
  const [, says = '', next = ''] = error ?? /^(Refused: [\s\S]*?)\n- ([\s\S]*)$/m.exec(stdout) ?? [];
  return [says, next].map((text) =>
    text
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/\b(?:autoscaling|ec2):\w+/g, 'CALL')
      .trim(),
  );
}

/** The commands of this program that a remedy names, with something in the place of NAME. */
function listCommands(remedy: string): readonly string[] {
  const commands = remedy.match(/consul-roll (?:sandbox )?[a-z-]+(?: --[a-z-]+(?: [^\s,;]+)?)*/g) ?? [];
  return commands.map((command) =>
    command.replace('NAME', 'consul').replace('AMI', 'ami-0c0ffee02').replace('FILE', 'new.json'),
  );
}

/** As `it.each` takes them, with a name each. */
const nameAll = (mistakes: readonly Mistake[]) =>
  mistakes.map((mistake) => ({ name: `${mistake[0]}: ${JSON.stringify(mistake[1])}`, mistake }));

describe('a mistake', () => {
  it.each(nameAll(MISTAKES))('$name', async ({ mistake }) => {
    const [, , exitCode, says, next] = mistake;
    const said = await make(mistake);
    expect([said.exitCode, ...readAnswer(said)], said.stderr).toEqual([exitCode, says, next]);
    expect(said.stdout === '' || says.startsWith('Refused: ')).toBe(true);
    expect(said.stderr).not.toMatch(/^ +at |a bug in consul-roll|\bE[A-Z]{4,}\b|undefined|NaN|\[object/m);
  });

  it.each(nameAll(MISTAKES.filter(([, , , , next]) => listCommands(next).length > 0)))(
    '$name: the command of its remedy works',
    async ({ mistake }) => {
      await make(mistake);
      for (const command of listCommands(mistake[4])) {
        const words = command.split(' ').slice(1);
        expect([command, shell.knows(words)]).toEqual([command, true]);
        if (words.includes('--help') || command.includes('sandbox up')) continue;
        const { exitCode, stderr } = await shell.run(words);
        expect([command, exitCode], stderr).toEqual([command, 0]);
      }
    },
  );

  const beside = MISTAKES.filter(([, typed, , , , given]) => typed === PLAN && !given?.isReal && !given?.prepare);

  it.each(nameAll(beside))('$name: the line works without what is beside it', async ({ mistake }) => {
    await make(mistake);
    expect(await shell.run(toWords(PLAN))).toMatchObject({ exitCode: 0 });
  });

  it('with a Node that is too old is told before anything is loaded', () => {
    const script = readFileSync(join(ROOT, 'bin', 'run.js'), 'utf8')
      .replace(/^#!.*/, '')
      .replace('import(', 'load(');
    const written: string[] = [];
    const old = { versions: { node: '18.20.8' }, stderr: { write: (text: string) => written.push(text) }, exitCode: 0 };
    runInNewContext(script, { process: old });
    expect(written).toEqual(['consul-roll needs Node 20.19 or later; this is Node 18.20.8.\n']);
    expect(old.exitCode).toBe(1);
  });

  it('is made in more than fifty-five ways', () => {
    expect(new Set(MISTAKES.map(([mistake]) => mistake)).size).toBe(MISTAKES.length);
    expect(new Set(MISTAKES.map(([, , , says]) => says)).size).toBeGreaterThan(55);
  });
});
