/** How a roll can end. */
export const OUTCOMES = [
  'rolled',
  'nothing-to-do',
  'refused',
  'rolled-back',
  'stopped',
  'quorum-at-risk',
  'locked',
  'interrupted',
] as const;
export type Outcome = (typeof OUTCOMES)[number];
