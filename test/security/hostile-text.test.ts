import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPrintable, stringifyPrintable, toPrintable } from '../../src/lib/model/printable.js';
import { TerminalView } from '../../src/lib/output/terminal/terminal-view.js';
import { formatDemo } from '../../src/lib/output/text/demo.js';
import { formatDoctorReport } from '../../src/lib/output/text/doctor.js';
import { formatPastRolls } from '../../src/lib/output/text/history.js';
import { formatClusterList } from '../../src/lib/output/text/list.js';
import { formatError, formatOutcomeReport, formatWarnings } from '../../src/lib/output/text/outcome.js';
import { formatPlan } from '../../src/lib/output/text/plan.js';
import { formatStatus } from '../../src/lib/output/text/status.js';
import { buildDemoResult } from '../helpers/demos.js';
import { DOCUMENTS, planOf, readPlanAgain } from '../helpers/hostile-documents.js';
import { events, print, STOPPED } from '../helpers/hostile-roll.js';
import { LINE_SINKS, WITHOUT_COMMANDS } from '../helpers/hostile-sinks.js';
import { HOSTILE, hostileText, taint } from '../helpers/hostile-text.js';
import { caller, clusterList, errorOf, pastRolls, reportOf, statusOf } from '../helpers/hostile-values.js';
import { findIssues, getSchema } from '../helpers/json-schemas.js';
import { createTestLogSink } from '../helpers/log-sink.js';
import { buildPlan } from '../helpers/plans.js';
import { compileProgram } from '../helpers/program.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Schemas of files that are read, and never printed. */
const INPUTS = { cluster: 'the file of `create`', 'consul-roll': 'the settings file' };

const NUMBERS = 'of numbers only';
const WORDS = 'a part of a sentence, which is printed by the sinks above';
const LIVE = 'a part of the live view, which has a test of its own';
/** Functions that format text, but no whole line of an output. */
const PARTS: Readonly<Record<string, string>> = {
  formatBytes: NUMBERS,
  formatCount: NUMBERS,
  formatDate: NUMBERS,
  formatDateTime: NUMBERS,
  formatDuration: NUMBERS,
  formatTimeOfDay: NUMBERS,
  formatWholeDuration: NUMBERS,
  formatTimeLeft: NUMBERS,
  formatAge: NUMBERS,
  formatHookPoint: WORDS,
  formatIdentity: WORDS,
  formatLifecycleHooks: WORDS,
  formatList: WORDS,
  formatShortList: WORDS,
  formatResourceName: WORDS,
  formatLabelled: 'a line of a result, of a demo and of warnings',
  formatLogLine: 'a line of the log',
  formatProgressLine: 'a line of the log',
  formatHeartbeat: 'a line of the log',
  formatPlanForStream: 'a plan or its overview',
  formatFittingServers: LIVE,
  formatPhaseSummary: LIVE,
  formatVoters: LIVE,
  formatVotingState: LIVE,
};

const EXAMPLES = { numRuns: 20, examples: HOSTILE.map((one): [string] => [one]) };

describe('hostile text in every string from outside', () => {
  it.each(Object.keys(LINE_SINKS))(
    'is printable, begins no line and gives no command: %s',
    (name) => {
      const write = LINE_SINKS[name] ?? String;
      expect(write('hostile')).toContain('hostile');
      fc.assert(
        fc.property(hostileText, (hostile) => {
          const text = write(hostile);
          const lines = text.split('\n');
          expect(lines.filter((line) => !isPrintable(line))).toEqual([]);
          if (!WITHOUT_COMMANDS.includes(name)) expect(lines.filter((line) => /^\s*::|##\[/.test(line))).toEqual([]);
          // As if it were the printable text that it is shown as: it adds no line, and hides none.
          expect(lines.length).toBe(write(toPrintable(hostile)).split('\n').length);
        }),
        EXAMPLES,
      );
    },
    60_000,
  );

  it('breaks into no line where a narrow terminal wraps it', () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom(40, 100), (hostile, columns) => {
        const error = errorOf(hostile);
        const lines = print([
          ...formatError(error, columns),
          ...formatWarnings([hostile], columns),
          ...formatStatus(statusOf(hostile), columns),
          ...formatPlan(taint(buildPlan(), hostile), columns),
          ...formatDoctorReport(reportOf(hostile), columns),
          ...formatClusterList(taint(clusterList, hostile), taint(caller, hostile), 0, columns),
          ...formatPastRolls(hostile, taint(pastRolls, hostile), columns),
          ...formatDemo(taint(buildDemoResult(), hostile), columns),
          ...STOPPED.flatMap((result) => formatOutcomeReport(taint(result, hostile), columns)),
        ]).split('\n');
        expect(lines.filter((line) => !isPrintable(line) || /^\s*::|##\[/.test(line))).toEqual([]);
      }),
      { numRuns: EXAMPLES.numRuns },
    );
  });

  it('neither moves the cursor nor rings on the live screen', async () => {
    for (const hostile of HOSTILE) {
      const screen = createTestLogSink({ columns: 100, rows: 40 });
      const view = new TerminalView({ stream: screen.stream, now: () => 0, colour: false });
      for (const event of taint(events, hostile)) view.handle(event);
      await view.end(undefined);
      for (const sequence of ['\u001b]', '\u0007', '\u009b']) expect(screen.text()).not.toContain(sequence);
      expect(stripVTControlCharacters(screen.text())).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }
  });

  it.each(Object.keys(DOCUMENTS) as (keyof typeof DOCUMENTS)[])(
    'is the same value in JSON, and harmless where it is printed: %s',
    (name) => {
      const schema = getSchema(name);
      // What holds no text from outside is not tried.
      if (name !== 'sandbox-down') expect(JSON.stringify(DOCUMENTS[name]('hostile'))).toContain('hostile');
      fc.assert(
        fc.property(hostileText, (hostile) => {
          for (const document of DOCUMENTS[name](hostile)) {
            const text = stringifyPrintable(document);
            expect(isPrintable(text) && !text.includes('##[')).toBe(true);
            expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(document)));
            // Indented, as it is printed: nothing of the text begins a line.
            const lines = stringifyPrintable(document, 2).split('\n');
            expect(lines.filter((line) => !/^\s*(?:["[\]{}]|[\w.+-]+,?$)/.test(line) || !isPrintable(line))).toEqual(
              [],
            );
            expect(findIssues(schema, document)).toEqual([]);
          }
        }),
        EXAMPLES,
      );
    },
  );

  it('is the same in a plan that is kept for approval, and read again', () => {
    fc.assert(
      fc.property(hostileText, (hostile) => {
        const plan = planOf(hostile);
        expect(readPlanAgain(plan)).toEqual(JSON.parse(JSON.stringify(plan)));
      }),
      EXAMPLES,
    );
  });

  it('is neither HTML in a report, nor Markdown in a summary, nor a mention in Slack', () => {
    for (const hostile of HOSTILE) {
      expect(LINE_SINKS['the report']?.(hostile)).not.toMatch(/<script|<img|onmouseover="/);
      expect(LINE_SINKS['the job summary']?.(hostile)).not.toMatch(/<(?:script|img|a)\b|\]\(javascript/);
      expect(LINE_SINKS.Slack?.(hostile)).not.toMatch(/<[!@#h]/);
    }
  });
});

describe('a command that does not exist', () => {
  it.each(['x\u009b31m\u202e##[group]y', 'x\n::add-mask::y'])(
    'is printable, also as JSON: %j',
    async (typed) => {
      const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GITHUB_ACTIONS: 'true' };
      for (const more of [[], ['--json']]) {
        const { exitCode, stdout, stderr } = await compileProgram().run([typed, ...more], env);
        expect(exitCode).toBe(2);
        const lines = `${stdout}${stderr}`.split('\n');
        expect(lines.filter((line) => !isPrintable(line) || /^\s*::|##\[/.test(line))).toEqual([]);
      }
    },
    60_000,
  );
});

describe('the function of every sink', () => {
  it('leaves printable text as it is, and gives printable text for any', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(isPrintable(toPrintable(text))).toBe(true);
        if (isPrintable(text)) expect(toPrintable(text)).toBe(text);
        expect(isPrintable(stringifyPrintable({ [text]: [text] }))).toBe(true);
        expect(JSON.parse(stringifyPrintable({ [text]: [text] }))).toEqual({ [text]: [text] });
      }),
    );
  });
});

describe('the sinks above are all that there are', () => {
  it('each document that docs/schemas publishes', () => {
    const published = readdirSync(join(ROOT, 'docs/schemas')).map((file) => file.replace('.schema.json', ''));
    expect([...Object.keys(DOCUMENTS), ...Object.keys(INPUTS)].sort()).toEqual(published.sort());
  });

  it('each function that formats text', () => {
    const used = `${read('test/helpers/hostile-sinks.ts')}${read('test/security/hostile-text.test.ts')}`;
    const folder = 'src/lib/output/text';
    const formats = readdirSync(join(ROOT, folder)).flatMap((file) =>
      [...read(`${folder}/${file}`).matchAll(/^export (?:async )?(?:function|const) (format\w+)/gm)].map(
        ([, name = '']) => name,
      ),
    );
    const untried = formats.filter((name) => !new RegExp(`\\b${name}\\(`).test(used));
    expect(formats.length).toBeGreaterThan(30);
    expect(untried.sort()).toEqual(Object.keys(PARTS).sort());
  });
});
