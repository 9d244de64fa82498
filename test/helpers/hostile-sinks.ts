import { PassThrough } from 'node:stream';
import { format } from 'node:util';
import createDebug from 'debug';
import { assertApproved } from '../../src/cli/approved-plan.js';
import { createDecisionTrace, createRequestTrace, tracePlan } from '../../src/cli/debug.js';
import { toPlainLines } from '../../src/cli/sandbox-command.js';
import { unknownCommandError } from '../../src/cli/usage-errors.js';
import type { CreationResult } from '../../src/lib/model/cluster-spec.js';
import { RollError } from '../../src/lib/model/errors.js';
import { EMPTY_MEMORY } from '../../src/lib/model/memory.js';
import type { PauseResult } from '../../src/lib/model/plan.js';
import { formatNdjson } from '../../src/lib/model/printable.js';
import { formatAnnotation, GithubView } from '../../src/lib/output/github/github-view.js';
import { buildOutputs, buildPlanOutputs, formatOutputFile } from '../../src/lib/output/github/outputs.js';
import { formatJobSummary } from '../../src/lib/output/github/summary.js';
import { buildPlanDocument } from '../../src/lib/output/json/documents.js';
import { buildTargets } from '../../src/lib/output/notify.js';
import { CreationLog } from '../../src/lib/output/plain/creation-log.js';
import { PlainView } from '../../src/lib/output/plain/plain-view.js';
import { buildRenderedReport } from '../../src/lib/output/report/page.js';
import { askConfirmation } from '../../src/lib/output/terminal/console.js';
import { formatCreation, formatCreationPlan } from '../../src/lib/output/text/creation.js';
import { formatDemo } from '../../src/lib/output/text/demo.js';
import { formatDoctorReport } from '../../src/lib/output/text/doctor.js';
import { formatPastRolls } from '../../src/lib/output/text/history.js';
import { formatClusterList } from '../../src/lib/output/text/list.js';
import { formatNotices } from '../../src/lib/output/text/notices.js';
import { formatError, formatOutcomeReport, formatWarnings } from '../../src/lib/output/text/outcome.js';
import { formatLoadBalancers, formatPlan, formatPlanOverview, formatService } from '../../src/lib/output/text/plan.js';
import { describeRollQuestion } from '../../src/lib/output/text/roll-context.js';
import { formatServers } from '../../src/lib/output/text/servers.js';
import { formatSettings } from '../../src/lib/output/text/settings.js';
import { formatPause, formatStatus } from '../../src/lib/output/text/status.js';
import { formatTerraformHint, formatTerraformImport } from '../../src/lib/output/text/terraform.js';
import { formatImportFile } from '../../src/lib/terraform/import.js';
import { buildEnvironment, formatExports } from '../../src/sandbox/lifecycle/environment.js';
import { formatSummary } from '../../src/sandbox/lifecycle/summary.js';
import { buildDemoResult } from './demos.js';
import { readPlanAgain } from './hostile-documents.js';
import { ended, events, print, record, STOPPED, show } from './hostile-roll.js';
import { taint } from './hostile-text.js';
import {
  caller,
  clusterList,
  created,
  creation,
  errorOf,
  lockOf,
  pastRolls,
  reportOf,
  requiredImport,
  resources,
  settingsOf,
  statusOf,
  terraform,
  UNLIMITED,
} from './hostile-values.js';
import { createTestLogSink } from './log-sink.js';
import { buildObservation } from './observations.js';
import { buildPlan } from './plans.js';
import { summary } from './sandbox-summary.js';

/** Every output of lines, as it is written for hostile text in each string from outside. */
export const LINE_SINKS: Readonly<Record<string, (hostile: string) => string>> = {
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
  config: (hostile) => print(formatSettings(settingsOf(hostile), (path) => path)),
  pause: (hostile) =>
    (['unknown', 'none', lockOf(hostile)] as const)
      .map((runner) => formatPause({ intent: taint(ended.result.intent, hostile), runner } as PauseResult, 0))
      .map((texts) => print(toPlainLines(texts)))
      .join('\n'),
  list: (hostile) => print(formatClusterList(taint(clusterList, hostile), taint(caller, hostile), 0, UNLIMITED)),
  history: (hostile) => print(formatPastRolls(hostile, taint(pastRolls, hostile), UNLIMITED)),
  demo: (hostile) => print(formatDemo(taint(buildDemoResult(), hostile), UNLIMITED)),
  'the summary of a sandbox': (hostile) => print(toPlainLines(formatSummary(taint(summary, hostile), hostile))),
  'the environment of a sandbox': (hostile) =>
    print(toPlainLines(formatExports(buildEnvironment(taint(summary, hostile) as never)))),
  'the end of a roll that stopped': (hostile) =>
    print(STOPPED.flatMap((result) => formatOutcomeReport(taint(result, hostile), UNLIMITED))),
  'the overview of a plan': (hostile) =>
    print(formatPlanOverview({ ...taint(buildPlan(), hostile), end: { kind: 'done', outcome: 'rolled' } }, UNLIMITED)),
  'parts of a plan': (hostile) => {
    const plan = taint(buildPlan(), hostile);
    return print([
      ...formatLoadBalancers(plan, UNLIMITED),
      ...formatService(plan.observation, UNLIMITED),
      ...formatNotices(plan, UNLIMITED),
      ...formatTerraformHint(plan.intent, UNLIMITED),
      ...formatServers(plan.observation.servers, { observation: plan.observation, memory: EMPTY_MEMORY }, UNLIMITED),
    ]);
  },
  'the prompt': (hostile) => askOf(describeRollQuestion(taint(buildPlan(), hostile))),
  'a prompt that begins with a name': askOf,
  DEBUG: showDebugging,
  'another plan than the approved one': (hostile) => {
    const approved = buildPlanDocument(taint(buildPlan(), hostile), 0);
    return print(
      formatError(
        catchError(() => assertApproved(approved, buildPlan())),
        UNLIMITED,
      ),
    );
  },
  'an approved plan with unknown options': (hostile) => {
    const document = { ...buildPlanDocument(buildPlan(), 0), options: { [hostile]: hostile } };
    return print(
      formatError(
        catchError(() => readPlanAgain(document)),
        UNLIMITED,
      ),
    );
  },
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
export const WITHOUT_COMMANDS = ['the outputs of the action', 'Slack', 'the import file', 'annotations, one line each'];

/** A question as it is asked. */
function askOf(question: string): string {
  const input = new PassThrough();
  const screen = createTestLogSink();
  void askConfirmation(question, input, screen.stream);
  input.end();
  return screen.text();
}

/** What DEBUG prints, without the time at the start of each line. */
function showDebugging(hostile: string): string {
  const lines: string[] = [];
  const { log } = createDebug;
  createDebug.log = (...args: unknown[]) => void lines.push(format(...args));
  createDebug.enable('consul-roll*');
  try {
    tracePlan(taint({ moves: buildPlan().steps.map((step) => ({ kind: 'act', step })), end: STOP } as never, hostile));
    const trace = createDecisionTrace();
    for (const event of taint(events, hostile)) trace.handle(event);
    createRequestTrace('aws')?.({ name: hostile, status: hostile as never, elapsedMs: 1 });
    createRequestTrace('consul')?.({ name: hostile, status: 200, elapsedMs: 1 });
  } finally {
    createDebug.disable();
    createDebug.log = log;
  }
  return lines.join('\n').replace(/^\S+ (?=consul-roll)/gm, '');
}

const STOP = { kind: 'stop', outcome: 'stopped', reason: { kind: 'operator-request' } };

function catchError(run: () => unknown): RollError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof RollError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}
