import type { EventDocument } from './events/schema.js';
import { reportPage } from './page/page.js';
import { type EventFile, readRecord } from './story/record.js';
import { runsIn, runsOfRoll } from './story/runs.js';
import type { Story } from './story/story.js';
import { storyOf } from './story/story-of.js';

/** A roll as a page, and the story it tells. */
export interface Report {
  readonly story: Story;
  readonly page: string;
  /** Every roll in the record, in the order they began. */
  readonly rollIds: readonly string[];
}

/**
 * The report of one roll, from files of events and from events at hand.
 *
 * @param rollId undefined for the last roll that there is
 * @throws NoSuchRoll
 */
export function reportOf(
  files: readonly EventFile[],
  documents: readonly EventDocument[],
  rollId: string | undefined,
): Report {
  const record = readRecord(files);
  const runs = runsIn([...record.documents, ...documents]);
  const rollIds = [...new Set(runs.flatMap((run) => run.rollId ?? []))];
  const chosen = runsOfRoll(runs, rollId);
  if (chosen.length === 0) throw new NoSuchRoll(rollIds);
  const story = storyOf(chosen, record.flaws);
  return { story, page: reportPage(story), rollIds };
}

/** The record holds no such roll, or none at all. */
export class NoSuchRoll extends Error {
  constructor(readonly rollIds: readonly string[]) {
    super(
      rollIds.length === 0
        ? 'there is no event in it'
        : `there is no such roll in it, only ${rollIds.join(', ')}`,
    );
    this.name = 'NoSuchRoll';
  }
}
