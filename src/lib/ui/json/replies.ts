import { isAlive, type Paused } from '../../model/plan.js';
import { EXIT } from '../../outcomes.js';
import type { Story } from '../story/story.js';
import { SCHEMA_IDS } from './schema-ids.js';
import type { PauseDocument, ReportDocument, UserDataDocument } from './schemas/replies.js';

/** `pause --json`: the roll that is asked, and whether anybody runs it. */
export function pauseJson({ intent: { cluster, rollId }, runner }: Paused, nowMs: number): PauseDocument {
  const running = runner === 'unknown' ? null : runner !== 'nobody' && isAlive(runner, nowMs);
  return { schema: SCHEMA_IDS.pause, exitCode: EXIT.done, cluster, rollId, running };
}

/** `user-data --json`. */
export function userDataJson(made: Omit<UserDataDocument, 'schema' | 'exitCode'>): UserDataDocument {
  return { schema: SCHEMA_IDS['user-data'], exitCode: EXIT.done, ...made };
}

/** `report --json`: whose story is in which file. */
export function reportJson({ rollId, cluster, ending, flaws }: Story, file: string): ReportDocument {
  return {
    schema: SCHEMA_IDS.report,
    exitCode: EXIT.done,
    file,
    rollId: rollId ?? null,
    cluster,
    outcome: ending?.outcome ?? null,
    flaws,
  };
}
