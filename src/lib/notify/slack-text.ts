import type { EventDocument } from '../ui/events/schema.js';

/** A notice as Slack shows it: what happened, and at the end of a roll what the cluster is and what to do. */
export function slackText(document: EventDocument): string {
  const lines = [`*${escaped(document.cluster)}*  ${escaped(document.text)}`];
  if (document.kind === 'ended') {
    lines.push(`Now: ${escaped(document.now)}`);
    lines.push(...document.next.map((next) => `Next: ${escaped(next)}`));
  }
  return lines.join('\n');
}

/** The three characters that mean something to Slack. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
