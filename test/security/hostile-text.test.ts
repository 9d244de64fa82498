import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { RollError } from '../../src/lib/model/errors.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import { isPrintable, stringifyPrintable, toPrintable } from '../../src/lib/model/printable.js';
import { EventRecorder } from '../../src/lib/output/events/event-recorder.js';
import { formatNdjson } from '../../src/lib/output/events/read.js';
import type { EventDocument } from '../../src/lib/output/events/schema.js';
import { formatAnnotation, GithubView } from '../../src/lib/output/github/github-view.js';
import { buildOutputs, formatOutputFile } from '../../src/lib/output/github/outputs.js';
import { formatJobSummary } from '../../src/lib/output/github/summary.js';
import { buildStatusDocument } from '../../src/lib/output/json/documents.js';
import { buildTargets } from '../../src/lib/output/notify.js';
import { PlainView } from '../../src/lib/output/plain/plain-view.js';
import { buildRenderedReport } from '../../src/lib/output/report/page.js';
import { formatForStream } from '../../src/lib/output/terminal/console.js';
import { TerminalView } from '../../src/lib/output/terminal/terminal-view.js';
import { formatError, formatOutcomeReport, formatWarnings } from '../../src/lib/output/text/outcome.js';
import { formatStatus } from '../../src/lib/output/text/status.js';
import { buildOrder, createFakeEngine, runRoll } from '../helpers/fake-engine.js';
import { createTestLogSink } from '../helpers/log-sink.js';

/** What an operating system, a shell, a terminal, a browser, GitHub and Slack would act on. */
const HOSTILE = [
  '\u001b[2J\u001b]0;pwned\u0007',
  '\u009b31mred',
  '\u202egnp.exe',
  '\r\n::add-mask::all\n##[group]x\n',
  '</script><script>alert(1)</script><img src=x onerror=alert(1)>',
  '" onmouseover="alert(1)',
  '<!channel> <https://evil.example|click>',
  '\u2028\u2029\u0085\u200b\ufeff',
  '\ud800 half',
  '| a | b |\n# heading [x](javascript:alert(1)) `x`',
];
/** Fields whose values come from outside. Enumerations are checked where they are read. */
const OUTSIDE_FIELDS =
  /^(?:node|version|message|holder|path|name|zone|instanceId|imageId|cluster|oldGroup|newGroup|why|group|detail|remedy|sentinel|description)$/;

/** The same value with hostile text in every field from outside. */
function taint<Value>(value: Value, hostile: string): Value {
  if (Array.isArray(value)) return value.map((item) => taint(item, hostile)) as Value;
  if (value === null || typeof value !== 'object' || value instanceof Map || value instanceof Set) return value;
  const entries = Object.entries(value).map(([key, field]) => [
    key,
    typeof field === 'string' && OUTSIDE_FIELDS.test(key) && !isCode(field)
      ? `${field}${hostile}`
      : taint(field, hostile),
  ]);
  return Object.fromEntries(entries) as Value;
}

/** `why` is a code at times: the reason for which an agent is down. */
function isCode(text: string): boolean {
  return ['refused', 'silent', 'denied', 'broken'].includes(text);
}

const findUnprintable = (text: string) => text.split('\n').filter((line) => !isPrintable(line));

let events: readonly RollEvent[];
beforeAll(async () => {
  const engine = createFakeEngine(3);
  events = (await runRoll(engine)).events;
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last?.kind !== 'ended') throw new Error('the roll has a start and an end');
  const holder = { holder: 'ops', rollId: '7f3a', sinceMs: 0, renewedAtMs: 0, ttlMs: 1 };
  const extra: RollEvent[] = [
    { kind: 'warning', warning: { kind: 'message', message: 'a warning' }, atMs: last.atMs },
    { kind: 'lock-held', holder, atMs: last.atMs },
  ];
  events = [...events.slice(0, -1), ...extra, last];
}, 60_000);

function record(tainted: readonly RollEvent[], hostile: string): EventDocument[] {
  const documents: EventDocument[] = [];
  const run = { program: '1', ...buildOrder(), cluster: `consul${hostile}` };
  const recorder = new EventRecorder(run, [(document) => documents.push(document)], 0);
  for (const event of tainted) recorder.handle(event);
  const last = tainted.at(-1);
  if (last?.kind !== 'ended') throw new Error('the roll has an end');
  recorder.conclude({ kind: 'result', result: last.result, exitCode: 0 }, last.atMs);
  return documents;
}

describe.each(HOSTILE)('hostile text %j in every field from outside', (hostile) => {
  it('is printable in every line on a terminal, in a log and for GitHub', async () => {
    const tainted = taint(events, hostile);
    for (const View of [PlainView, GithubView]) {
      const sink = createTestLogSink();
      const view = new View({ stream: sink.stream, now: () => 0, colour: false } as never);
      for (const event of tainted) view.handle(event);
      await view.end();
      expect(findUnprintable(sink.text())).toEqual([]);
      if (View === GithubView) {
        const commands = sink.text().match(/^\s*::.*$|##\[.*$/gm) ?? [];
        expect(commands.filter((command) => !/^::(?:end)?group::[\w ]*$/.test(command))).toEqual([]);
      }
    }
    const screen = createTestLogSink({ columns: 100, rows: 40 });
    const view = new TerminalView({ stream: screen.stream, now: () => 0, colour: false });
    for (const event of tainted.slice(0, 60)) view.handle(event);
    await view.end(undefined);
    // The screen itself moves the cursor and clears lines, but sets no title and rings no bell.
    for (const sequence of ['\u001b]', '\u0007', '\u009b']) expect(screen.text()).not.toContain(sequence);
    expect(stripVTControlCharacters(screen.text())).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  });

  it('is data in documents, annotations, the summary, the outputs and Slack', () => {
    const documents = record(taint(events, hostile), hostile);
    for (const document of documents) {
      const line = formatNdjson(document);
      expect(line.endsWith('\n') && isPrintable(line.slice(0, -1))).toBe(true);
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(document)));
      const annotation = formatAnnotation(document) ?? '::notice::\n';
      expect(annotation).toMatch(/^::(?:warning|error|notice)[ :].*\n$/);
      expect(isPrintable(annotation.trimEnd())).toBe(true);
    }
    const ended = documents.at(-1);
    if (ended?.kind !== 'ended') throw new Error('the roll has an end');
    const summary = formatJobSummary(documents, ended);
    expect(findUnprintable(summary)).toEqual([]);
    expect(summary).not.toMatch(/<(?:script|img|a)\b|\]\(javascript/);
    expect(findUnprintable(formatOutputFile(buildOutputs(documents, ended), 'end'))).toEqual([]);
    const [slack, webhook] = buildTargets({ slackUrl: 'http://a', webhookUrl: 'http://b', webhookSecret: 's' });
    for (const document of documents) {
      const sent = JSON.parse(slack?.buildMessage(document).body ?? '') as { text: string };
      expect(findUnprintable(sent.text)).toEqual([]);
      expect(sent.text).not.toMatch(/<[!@#h]/);
      expect(isPrintable(webhook?.buildMessage(document).body ?? '\n')).toBe(true);
    }
  });

  it('is text in the report', () => {
    const documents = record(taint(events, hostile), hostile);
    const file = { name: `roll${hostile}.ndjson`, text: documents.map(formatNdjson).join('') };
    const { page } = buildRenderedReport([file], [], undefined);
    expect(findUnprintable(page)).toEqual([]);
    expect(page).not.toMatch(/<script|<img|onmouseover="/);
  });

  it('is printable in results, errors and status', () => {
    const ended = taint(events, hostile).at(-1);
    if (ended?.kind !== 'ended') throw new Error('the roll has an end');
    const { observation, memory, intent } = ended.result;
    const status = { observation, memory, intent, next: undefined, lock: undefined, healthIssues: [] };
    const error = new RollError({ code: 'x', message: `a${hostile}`, kind: 'refused', state: hostile, next: hostile });
    const { stream } = createTestLogSink();
    for (const columns of [40, 100, Number.POSITIVE_INFINITY]) {
      const lines = [
        ...formatOutcomeReport(ended.result, columns, [`warned${hostile}`]),
        ...formatWarnings([hostile], columns),
        ...formatError(error, columns),
        ...formatStatus(status as never, columns),
      ];
      expect(findUnprintable(formatForStream(lines, stream, { NO_COLOR: '1' }))).toEqual([]);
    }
    expect(findUnprintable(stringifyPrintable(buildStatusDocument(status as never, 0), 2))).toEqual([]);
  });
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
