import { rememberLook } from '../decide/remember.js';
import type { Limits } from '../model/intent.js';
import type { Status } from '../model/plan.js';
import type { History } from '../model/survey.js';
import { isListed } from './seen-done.js';

/**
 * The rows of looks: what is shown as proved has passed every gate as many looks in a row as the roll asks for, or was
 * proved before this watch; and whoever takes traffic was.
 */
export function rowsWith(
  before: { readonly history: History } | undefined,
  { survey }: Pick<Status, 'survey'>,
  limits: Limits,
): History {
  const { stabilizationMs } = survey.history;
  if (before === undefined) return survey.history;
  const rows = rememberLook({ ...survey, history: before.history }, limits, 0);
  const serving = survey.servers.filter(isListed).map(({ instanceId }) => instanceId);
  return { ...rows, proved: [...new Set([...rows.proved, ...serving])], stabilizationMs };
}
