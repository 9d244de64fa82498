import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { unknownCommandError } from '../../src/cli/usage-errors.js';
import type { DoctorReport } from '../../src/lib/model/check.js';
import type { CreationPlan, CreationResult } from '../../src/lib/model/cluster-spec.js';
import { RollError } from '../../src/lib/model/errors.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import { formatNdjson, isPrintable, stringifyPrintable, toPrintable } from '../../src/lib/model/printable.js';
import { EventRecorder } from '../../src/lib/output/events/event-recorder.js';
import type { EventDocument } from '../../src/lib/output/events/schema.js';
import { formatAnnotation, GithubView } from '../../src/lib/output/github/github-view.js';
import { buildOutputs, buildPlanOutputs, formatOutputFile } from '../../src/lib/output/github/outputs.js';
import { formatJobSummary } from '../../src/lib/output/github/summary.js';
import { buildDoctorDocument } from '../../src/lib/output/json/command-documents.js';
import { buildErrorDocument, buildPlanDocument, buildStatusDocument } from '../../src/lib/output/json/documents.js';
import { buildTargets } from '../../src/lib/output/notify.js';
import { CreationLog } from '../../src/lib/output/plain/creation-log.js';
import { PlainView } from '../../src/lib/output/plain/plain-view.js';
import { buildRenderedReport } from '../../src/lib/output/report/page.js';
import { formatForStream } from '../../src/lib/output/terminal/console.js';
import { TerminalView } from '../../src/lib/output/terminal/terminal-view.js';
import { formatCreation, formatCreationPlan } from '../../src/lib/output/text/creation.js';
import { formatDoctorReport } from '../../src/lib/output/text/doctor.js';
import type { StyledLine } from '../../src/lib/output/text/format.js';
import { formatError, formatOutcomeReport, formatWarnings } from '../../src/lib/output/text/outcome.js';
import { formatPlan } from '../../src/lib/output/text/plan.js';
import { formatSettings } from '../../src/lib/output/text/settings.js';
import { formatPause, formatStatus } from '../../src/lib/output/text/status.js';
import { formatTerraformImport } from '../../src/lib/output/text/terraform.js';
import { formatImportFile } from '../../src/lib/terraform/import.js';
import { sampleReport } from '../helpers/doctor-report.js';
import { buildOrder, createFakeEngine, runRoll } from '../helpers/fake-engine.js';
import { HOSTILE, hostileText, taint } from '../helpers/hostile-text.js';
import { createTestLogSink } from '../helpers/log-sink.js';
import { buildObservation } from '../helpers/observations.js';
import { buildPlan } from '../helpers/plans.js';
import { compileProgram } from '../helpers/program.js';
import { buildResult } from '../helpers/scripted-roll.js';
import { planImport } from '../helpers/terraform-import.js';

type Ended = Extract<RollEvent, { kind: 'ended' }>;

/** Two events of every kind of a roll, a warning and the holder of a lock, and the end. */
let events: readonly RollEvent[];
let ended: Ended;
beforeAll(async () => {
  const all = (await runRoll(createFakeEngine(3))).events;
  const last = all.at(-1);
  if (last?.kind !== 'ended') throw new Error('the roll has an end');
  ended = last;
  const some = all
    .slice(0, -1)
    .filter((event, at) => all.slice(0, at).filter(({ kind }) => kind === event.kind).length < 2);
  const holder = { holder: 'ops', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 1 };
  const extra: RollEvent[] = [
    { kind: 'warning', warning: { kind: 'message', message: 'a warning' }, atMs: last.atMs },
    { kind: 'observation-failed', message: 'no answer', inARow: 1, atMs: last.atMs } as RollEvent,
    { kind: 'lock-held', holder, atMs: last.atMs },
  ];
  events = [...some, ...extra, last];
}, 60_000);

function record(hostile: string): {
  readonly documents: EventDocument[];
  readonly end: EventDocument & { kind: 'ended' };
} {
  const documents: EventDocument[] = [];
  const recorder = new EventRecorder(
    taint({ program: '1', ...buildOrder() }, hostile),
    [(one) => documents.push(one)],
    0,
  );
  const tainted = taint(events, hostile);
  for (const event of tainted) recorder.handle(event);
  const last = tainted.at(-1);
  if (last?.kind !== 'ended') throw new Error('the roll has an end');
  recorder.conclude({ kind: 'result', result: last.result, exitCode: 0 }, last.atMs);
  const end = documents.at(-1);
  if (end?.kind !== 'ended') throw new Error('the roll has an end');
  return { documents, end };
}

function show(View: typeof PlainView | typeof GithubView, hostile: string): string {
  const sink = createTestLogSink();
  const view = new View({ stream: sink.stream, now: () => 0, colour: false } as never);
  for (const event of taint(events, hostile)) view.handle(event);
  void view.end();
  return sink.text();
}

const print = (lines: readonly StyledLine[]) =>
  formatForStream(lines, createTestLogSink().stream, { GITHUB_ACTIONS: 'true' });
const UNLIMITED = Number.POSITIVE_INFINITY;
const statusOf = (hostile: string) => {
  const { observation, memory, intent } = taint(ended.result, hostile);
  const lock = taint({ holder: 'ops', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 1 }, hostile);
  return { observation, memory, intent, next: undefined, lock, healthIssues: [] } as never;
};
const resources: CreationPlan['resources'] = [
  { kind: 'group', name: 'consul', state: 'missing', differences: [], fields: { image: 'ami-1', zones: 'a, b' } },
  {
    kind: 'group',
    name: 'other',
    state: 'differs',
    differences: [{ field: 'image', is: 'a', wanted: 'b' }],
    fields: {},
  },
];
const creation = {
  spec: { cluster: 'consul', size: 3, launchSource: { fields: { image: 'ami-1', instanceType: 'm5' } } },
  resources,
};
const created = {
  outcome: 'missing',
  dnsName: 'x',
  elapsedMs: 1,
  unmetConditions: [{ kind: 'instances', have: 1, want: 2, why: 'no' }],
};
const errorOf = (hostile: string) =>
  new RollError({ ...taint({ code: 'x', message: ['a', 'b'], state: 'c', next: 'd' }, hostile), kind: 'refused' });
const terraform = () => planImport(buildResult(), { addresses: {}, state: undefined });
const requiredImport = (hostile: string) => {
  const required = taint(terraform(), hostile);
  if (required.kind === 'nothing') throw new Error('a roll is imported');
  return required;
};

/** The ids of checks are of this program. */
const reportOf = (hostile: string): DoctorReport => ({
  ...taint(sampleReport, hostile),
  results: sampleReport.results.map((result) => ({ ...taint(result, hostile), id: result.id })),
});

/** Every output of lines, as it is written for hostile text in each string from outside. */
const LINE_SINKS: Readonly<Record<string, (hostile: string) => string>> = {
  'the log': (hostile) => show(PlainView, hostile),
  'the log on GitHub': (hostile) => show(GithubView, hostile).replace(/^::(?:end)?group::[\w ]*$/gm, ''),
  'the result': (hostile) =>
    print([
      ...formatOutcomeReport(taint(ended.result, hostile), UNLIMITED, taint(['warned'], hostile)),
      ...formatWarnings([hostile], UNLIMITED),
    ]),
  'an error': (hostile) => print(formatError(errorOf(hostile), UNLIMITED)),
  'an unknown command': (hostile) =>
    print(formatError(unknownCommandError('consul-roll', hostile, ['plan']), UNLIMITED)),
  status: (hostile) => print(formatStatus(statusOf(hostile), UNLIMITED)),
  plan: (hostile) => print(formatPlan(taint(buildPlan(), hostile), UNLIMITED)),
  doctor: (hostile) => print(formatDoctorReport(reportOf(hostile), UNLIMITED)),
  'the plan of create': (hostile) => print(formatCreationPlan(taint(creation, hostile) as never, UNLIMITED)),
  'the result of create': (hostile) =>
    print(
      formatCreation(
        {
          ...taint({ ...created, plan: creation, observation: buildObservation() }, hostile),
          outcome: 'missing',
        } as unknown as CreationResult,
        UNLIMITED,
      ),
    ),
  'the log of create': (hostile) => {
    const sink = createTestLogSink();
    const log = new CreationLog(sink.stream);
    log.handle(taint({ kind: 'making', atMs: 0, resource: resources[0] } as never, hostile));
    log.handle(taint({ kind: 'observation-failed', atMs: 0, message: 'no' } as never, hostile));
    return sink.text();
  },
  config: (hostile) => {
    const origin = taint({ kind: 'file' as const, file: 'x.yaml', line: 1, cluster: 'eu' }, hostile);
    const setting = { ...taint({ name: 'cluster', value: 'consul' }, hostile), isSet: true, secret: false, origin };
    const unknown = [{ name: hostile, meant: undefined }];
    return print(formatSettings({ file: hostile, settings: [setting], others: [], unknown }, (path) => path));
  },
  pause: (hostile) =>
    print(
      formatPause({ intent: taint(ended.result.intent, hostile), runner: 'unknown' } as never, 0).map((text) => ({
        text,
        style: 'plain',
      })),
    ),
  'the steps in Terraform': (hostile) => print(formatTerraformImport(taint(terraform(), hostile), hostile, UNLIMITED)),
  'the import file': (hostile) => formatImportFile(requiredImport(hostile)),
  'annotations, one line each': (hostile) =>
    record(hostile)
      .documents.map((document) => formatAnnotation(document) ?? '')
      .join(''),
  'the job summary': (hostile) => {
    const { documents, end } = record(hostile);
    return formatJobSummary(documents, end);
  },
  'the outputs of the action': (hostile) => {
    const { documents, end } = record(hostile);
    return formatOutputFile(
      { ...buildOutputs(documents, end), ...buildPlanOutputs(taint(buildPlan(), hostile), 0) },
      'end',
    );
  },
  Slack: (hostile) => {
    const [slack] = buildTargets({ slackUrl: 'http://a', webhookUrl: undefined, webhookSecret: undefined });
    const texts = record(hostile).documents.map(
      (one) => (JSON.parse(slack?.buildMessage(one).body ?? '') as { text: string }).text,
    );
    return texts.join('\n');
  },
  'the report': (hostile) => {
    const file = { name: `roll${hostile}.ndjson`, text: record(hostile).documents.map(formatNdjson).join('') };
    return buildRenderedReport([file], [], undefined).page;
  },
};
/** What the runner of GitHub does not read, or reads as one command of ours. */
const WITHOUT_COMMANDS = ['the outputs of the action', 'Slack', 'the import file', 'annotations, one line each'];

const EXAMPLES = { numRuns: 20, examples: HOSTILE.map((one): [string] => [one]) };

describe('hostile text in every string from outside', () => {
  it.each(Object.keys(LINE_SINKS))(
    'is printable, begins no line and gives no command: %s',
    (name) => {
      const write = LINE_SINKS[name] ?? String;
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

  it('is the same value in JSON, and harmless where it is printed', () => {
    fc.assert(
      fc.property(hostileText, (hostile) => {
        const documents: object[] = [
          ...record(hostile).documents,
          buildStatusDocument(statusOf(hostile), 0),
          buildPlanDocument(taint(buildPlan(), hostile), 0),
          buildDoctorDocument(reportOf(hostile), 0),
          buildErrorDocument(errorOf(hostile), 3),
        ];
        for (const document of documents) {
          const text = stringifyPrintable(document);
          expect(isPrintable(text) && !text.includes('##[')).toBe(true);
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(document)));
        }
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
