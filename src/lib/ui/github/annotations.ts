import type { EventDocument } from '../events/schema.js';
import { command } from './commands.js';

/** What GitHub shall show beside the run, as a workflow command; undefined for what is no more than a line of the log. */
export function annotationOf(document: EventDocument): string | undefined {
  const { kind, cluster, text } = document;
  switch (kind) {
    case 'step-failed':
    case 'step-refused':
    case 'look-failed':
    case 'warning':
      return command('warning', text, { title: `consul-roll ${cluster}: ${document.phase}` });
    case 'hook':
      return document.state === 'failed' && document.onFailure === 'warn'
        ? command('warning', text, { title: `consul-roll ${cluster}: ${document.phase}` })
        : undefined;
    case 'looked':
      return document.launchFailures.length === 0
        ? undefined
        : command('warning', launchFailures(document), { title: `consul-roll ${cluster}: a launch failed` });
    case 'ended':
      return document.exitCode === 0 || isAskedFor(document)
        ? command('notice', text, { title: `consul-roll ${cluster}: ${document.outcome}` })
        : command('error', whatNow(document), { title: `consul-roll ${cluster}: ${document.outcome}` });
    default:
      return undefined;
  }
}

type DocumentOf<K> = Extract<EventDocument, { kind: K }>;

function launchFailures({ launchFailures }: DocumentOf<'looked'>): string {
  return launchFailures.map(({ group, why }) => `${group} could not launch a server: ${why}`).join('\n');
}

/** The rollback that somebody wanted: no failure, although its exit code is not 0. */
function isAskedFor({ outcome, reason }: DocumentOf<'ended'>): boolean {
  return outcome === 'rolled-back' && reason?.kind === 'asked';
}

function whatNow({ text, now, next }: DocumentOf<'ended'>): string {
  return [text, `Cluster: ${now}`, ...next.map((line) => `Next: ${line}`)].join('\n');
}
