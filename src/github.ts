import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { messageOf } from './lib/errors.js';
import type { Reader } from './lib/ui/events/chronicle.js';
import type { EventDocument } from './lib/ui/events/schema.js';
import { annotationOf } from './lib/ui/github/annotations.js';
import { type Outputs, outputFile, outputsOf } from './lib/ui/github/outputs.js';
import { summaryOf } from './lib/ui/github/summary.js';

/** Whether this is a step of GitHub Actions. */
export function isGithub(env: NodeJS.ProcessEnv): boolean {
  return env.GITHUB_ACTIONS === 'true';
}

/**
 * Tells GitHub Actions of a run: annotations as it goes; at its end the summary of the job and the outputs of the step.
 * That a file cannot be written is said, and is no reason to stop a roll.
 *
 * @param write to a stream that the runner reads
 */
export function githubReader(env: NodeJS.ProcessEnv, write: (line: string) => void): Reader {
  const kept: EventDocument[] = [];
  const said = new Set<string>();
  return (document) => {
    const annotation = annotationOf(document);
    if (annotation !== undefined && !said.has(annotation)) write(annotation);
    if (annotation !== undefined) said.add(annotation);
    if (document.kind !== 'looked') kept.push(document);
    if (document.kind !== 'ended') return;
    const append = (path: string | undefined, text: string) => appendTo(path, text, write);
    append(env.GITHUB_STEP_SUMMARY, summaryOf(kept, document));
    writeOutputs(env, outputsOf(kept, document), write);
  };
}

/** Hands outputs of a step on to those after it; nothing where this is no step of GitHub Actions. */
export function writeOutputs(env: NodeJS.ProcessEnv, outputs: Outputs, write: (line: string) => void): void {
  if (!isGithub(env)) return;
  appendTo(env.GITHUB_OUTPUT, outputFile(outputs, `consul-roll-${randomUUID()}`), write);
}

function appendTo(path: string | undefined, text: string, write: (line: string) => void): void {
  if (path === undefined || path === '') return;
  try {
    appendFileSync(path, text);
  } catch (thrown) {
    write(`${path} was not written: ${messageOf(thrown)}\n`);
  }
}
