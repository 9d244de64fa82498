import type { ClusterList, ListedCluster } from '../../model/listed-cluster.js';
import type { CallerIdentity } from '../../model/roll-context.js';
import { formatCount, formatList, hangText, padEnd, type StyledLine, styleLines } from './format.js';
import { describeImage, describePlace } from './roll-context.js';

/** The longest name that has a column of its own. */
const MAX_NAME_WIDTH = 24;

/** Every cluster with its images, its servers and its roll; then what was left out. */
export function formatClusterList(
  { clusters, leftOut }: ClusterList,
  caller: CallerIdentity,
  nowMs: number,
  width: number,
): StyledLine[] {
  const count = clusters.length === 0 ? 'No group looks like a cluster' : formatCount(clusters.length, 'cluster');
  const column = Math.min(MAX_NAME_WIDTH, Math.max(0, ...clusters.map(({ cluster }) => cluster.length))) + 2;
  return [
    ...styleLines(`${count} in ${describePlace(caller)}`, width, 'good'),
    ...clusters.flatMap((one) => formatListed(one, nowMs, column, width)),
    ...(leftOut === 0 ? [] : styleLines(`${formatCount(leftOut, 'more group')} not looked at.`, width, 'busy')),
  ];
}

function formatListed(one: ListedCluster, nowMs: number, column: number, width: number): StyledLine[] {
  const { cluster, group, images, versions, rollId } = one;
  const facts = [
    ...(group === cluster ? [] : [`group ${group}`]),
    images.length === 0 ? 'no servers' : formatList(images.map(({ id, image }) => describeImage(id, image, nowMs))),
    ...(versions.length === 0 ? [] : [`Consul ${formatList(versions)}`]),
  ];
  const roll = rollId === undefined ? 'no roll' : `roll ${rollId} under way, by its tags`;
  const name = cluster.length > MAX_NAME_WIDTH ? [{ text: cluster, style: 'plain' } as const] : [];
  const label = name.length > 0 ? ' '.repeat(column) : padEnd(cluster, column);
  return [
    ...name,
    ...hangText(label, facts.join(', '), width),
    ...hangText(' '.repeat(column), `${describeListedHealth(one)}; ${roll}`, width, isWell(one) ? 'plain' : 'bad'),
  ];
}

/** As far as servers tell it without a token. */
function describeListedHealth({ servers, answering, leader, peers }: ListedCluster): string {
  if (answering === 0) return `none of ${formatCount(servers, 'server')} can be reached from here`;
  const led = leader === undefined ? 'no agreed leader' : `leader ${leader}`;
  const raft = peers === undefined ? 'they name different peers' : formatCount(peers, 'peer');
  return `${answering} of ${formatCount(servers, 'server')} ${answering === 1 ? 'answers' : 'answer'}, ${raft}, ${led}`;
}

function isWell({ servers, answering, leader, peers }: ListedCluster): boolean {
  return answering === servers && leader !== undefined && peers === servers;
}
