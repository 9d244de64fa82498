import type { Outcome } from './model/event.js';

/** Exit code of every outcome, in one table; `--help`, the docs and CI all quote it. */
export const OUTCOMES: Readonly<Record<Outcome, { readonly exitCode: number; readonly meaning: string }>> = {
  rolled: { exitCode: 0, meaning: 'every server runs the new image' },
  'nothing-to-do': { exitCode: 0, meaning: 'every server already ran the image; nothing was changed' },
  refused: { exitCode: 3, meaning: 'refused before any change' },
  'rolled-back': { exitCode: 4, meaning: 'rolled back; the cluster is healthy on the old image' },
  stopped: { exitCode: 5, meaning: 'stopped part-way; the cluster is healthy and the roll can be resumed' },
  'quorum-at-risk': {
    exitCode: 6,
    meaning: 'the quorum is at risk; nothing more is touched, a person is needed',
  },
  locked: { exitCode: 7, meaning: 'another roll holds the lock' },
  interrupted: { exitCode: 130, meaning: 'interrupted; the roll can be resumed' },
};

/** Exit codes that are not outcomes of a roll. */
export const EXIT_UNEXPECTED = 1;
export const EXIT_USAGE = 2;
export const EXIT_REFUSED = 3;
