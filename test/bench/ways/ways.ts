import { articleByCallsWay, articleWay, leavingArticleWay } from './article.js';
import { besideWay, inPlaceByTwoWay, inPlaceWay } from './consul-roll.js';
import { instanceRefreshWay } from './instance-refresh.js';
import { operatorWay } from './operator.js';
import { canaryReplacerWay, serialReplacerWay } from './replacers.js';
import type { Way } from './way.js';

/** Every way, in the order in which it is run and shown. */
export const WAYS: readonly Way[] = [
  besideWay,
  inPlaceWay,
  inPlaceByTwoWay,
  operatorWay,
  articleWay,
  leavingArticleWay,
  instanceRefreshWay,
  canaryReplacerWay,
  serialReplacerWay,
];

/** One of ours and one that loses the quorum: what the short form compares. */
export const SHORT_WAYS: readonly Way[] = [besideWay, articleByCallsWay];
