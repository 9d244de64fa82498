import type { Group } from '../../model/group.js';
import type { RollRecord } from '../../model/record.js';
import type { Side } from '../../model/server.js';
import { isRecorded, replaceRecordTags } from '../../model/tags.js';
import { strategyOf } from '../strategy/strategies.js';

/**
 * The groups with the tags that the record gives them. A group that has none of the roll's tags stays without: that tags
 * were removed must be seen, so that they are written again. Without a record, tags tell of no roll.
 */
export function applyRecord(groups: readonly Group[], record: RollRecord | undefined): readonly Group[] {
  return groups.map((group) => {
    const side = record && isRecorded(group) ? findRecordedSide(record, group.name) : undefined;
    const own = record && side && strategyOf(record.intent).buildTags(record.intent, side);
    const tags = replaceRecordTags(group.tags, own);
    const hasOtherTags = own !== undefined && Object.keys(own).some((key) => group.tags[key] !== own[key]);
    return { ...group, tags, ...(hasOtherTags ? { hasOtherTags } : {}) };
  });
}

/** Which side of the roll a group of this name is; undefined for any other group. */
function findRecordedSide({ intent, side }: RollRecord, name: string): Side | undefined {
  const { oldGroup, newGroup } = intent;
  if (strategyOf(intent).launchesInOldGroup) return name === oldGroup ? side : undefined;
  if (name === oldGroup) return 'old';
  return name === newGroup ? 'new' : undefined;
}
