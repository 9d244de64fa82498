import type { RollEvent } from '../../model/events.js';
import { toPrintable } from '../../model/printable.js';
import type { EventDocument } from '../events/schema.js';
import { PlainView } from '../plain/plain-view.js';
import { applyEvent, findActivePhase, type Progress, startProgress } from '../progress.js';
import { capitalize } from '../text/format.js';
import { describeLaunchFailure } from '../text/log-lines.js';
import type { Screen, View } from '../view.js';

/** The lines of a log, with one GitHub Actions group per phase. */
export class GithubView implements View {
  readonly #stream: Pick<Screen['stream'], 'write'>;
  readonly #log: PlainView;
  #progress: Progress;
  #group: string | undefined;

  constructor(screen: Pick<Screen, 'stream' | 'now' | 'conditions'>) {
    const { stream } = screen;
    this.#stream = stream;
    this.#log = new PlainView(screen);
    this.#progress = startProgress(screen.now());
  }

  handle(event: RollEvent): void {
    this.#progress = applyEvent(this.#progress, event);
    this.#openGroup(findActivePhase(this.#progress)?.name);
    this.#log.handle(event);
  }

  async end(): Promise<void> {
    await this.#log.end();
    this.#openGroup(undefined);
  }

  #openGroup(group: string | undefined): void {
    if (group === this.#group) return;
    if (this.#group !== undefined) this.#stream.write(formatWorkflowCommand('endgroup'));
    if (group !== undefined) this.#stream.write(formatWorkflowCommand('group', capitalize(group)));
    this.#group = group;
  }
}

/** The annotation of an event, as a workflow command; undefined for events that are only in the log. */
export function formatAnnotation(document: EventDocument): string | undefined {
  const { kind, cluster, text } = document;
  switch (kind) {
    case 'step-failed':
    case 'step-refused':
    case 'observation-failed':
    case 'warning':
      return formatWorkflowCommand('warning', text, { title: `consul-roll ${cluster}: ${document.phase}` });
    case 'hook':
      return document.state === 'failed' && document.onFailure === 'warn'
        ? formatWorkflowCommand('warning', text, { title: `consul-roll ${cluster}: ${document.phase}` })
        : undefined;
    case 'observed':
      return document.launchFailures.length === 0
        ? undefined
        : formatWorkflowCommand('warning', formatLaunchFailures(document), {
            title: `consul-roll ${cluster}: a launch failed`,
          });
    case 'ended':
      return document.exitCode === 0 || isOperatorRequest(document)
        ? formatWorkflowCommand('notice', text, { title: `consul-roll ${cluster}: ${document.outcome}` })
        : formatWorkflowCommand('error', formatNextSteps(document), {
            title: `consul-roll ${cluster}: ${document.outcome}`,
          });
    default:
      return undefined;
  }
}

type DocumentOf<K> = Extract<EventDocument, { kind: K }>;

function formatLaunchFailures({ launchFailures }: DocumentOf<'observed'>): readonly string[] {
  return launchFailures.map(({ group, why }) => `${describeLaunchFailure(group)}: ${why}`);
}

/** A requested rollback is a success, also with --legacy-exit-codes. */
function isOperatorRequest({ outcome, reason }: DocumentOf<'ended'>): boolean {
  return outcome === 'rolled-back' && reason?.kind === 'operator-request';
}

function formatNextSteps({ text, now, next }: DocumentOf<'ended'>): readonly string[] {
  return [text, `Cluster: ${now}`, ...next.map((line) => `Next: ${line}`)];
}

/** A workflow command of GitHub Actions: a line that the runner interprets. Its message may have several lines. */
export function formatWorkflowCommand(
  name: string,
  message: string | readonly string[] = '',
  properties: Readonly<Record<string, string>> = {},
): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name}${given.length > 0 ? ` ${given.join(',')}` : ''}::${[message].flat().map(escapeData).join('%0A')}\n`;
}

function escapeData(text: string): string {
  return toPrintable(text).replaceAll('%', '%25');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
