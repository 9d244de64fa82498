import type { Outcome } from './events.js';

/** Every exit code, by name: the one table of them; `--help`, the docs and CI all quote it. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  rolledBack: 4,
  stopped: 5,
  quorumAtRisk: 6,
  locked: 7,
  interrupted: 130,
} as const;

/** How every outcome of a roll is told to a script and to a person. */
export const OUTCOMES: Readonly<Record<Outcome, { readonly exitCode: number; readonly meaning: string }>> = {
  rolled: { exitCode: EXIT.done, meaning: 'every server runs the new image' },
  'nothing-to-do': {
    exitCode: EXIT.done,
    meaning: 'every server already ran the image; nothing was changed',
  },
  refused: { exitCode: EXIT.refused, meaning: 'refused before any change' },
  'rolled-back': {
    exitCode: EXIT.rolledBack,
    meaning: 'rolled back; the cluster is healthy on the old image',
  },
  stopped: {
    exitCode: EXIT.stopped,
    meaning: 'stopped part-way; the cluster is healthy and the roll can be resumed',
  },
  'quorum-at-risk': {
    exitCode: EXIT.quorumAtRisk,
    meaning: 'the quorum is at risk; nothing more is touched, a person is needed',
  },
  locked: { exitCode: EXIT.locked, meaning: 'another roll holds the lock' },
  interrupted: {
    exitCode: EXIT.interrupted,
    meaning: 'interrupted; the roll can be resumed if it had begun',
  },
};
