import type { Knowledge } from '../../model/memory.js';
import type { Server } from '../../model/server.js';
import {
  chooseServerStyle,
  findTrafficState,
  formatRaftState,
  formatServerState,
  formatStateName,
} from '../server-states.js';
import { formatCount, formatList, getWidth, padEnd, type Style, type StyledLine, truncate } from './format.js';

interface ServerLineOptions {
  /** Says which side each server is on. */
  readonly showGroup: boolean;
  /** Replaces the Raft state of a server, where more than one observation can tell is known. */
  readonly formatRaft?: (server: Server, words: string) => string;
}

const RAFT_WIDTH = 13;
const COLUMNS = ['id', 'address', 'zone', 'side', 'raft', 'traffic'] as const;
/** The first to be left out where a line is too long. */
const OPTIONAL_COLUMNS = ['address', 'zone', 'side'] as const;
type ServerCells = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** One line a server, columns aligned: id, address, zone, side where there are two, Raft state, traffic. */
export function formatServers(
  servers: readonly Server[],
  known: Knowledge,
  width: number,
  { showGroup, formatRaft = (_, words) => words }: ServerLineOptions = { showGroup: true },
): StyledLine[] {
  const rows = servers.map((server): ServerCells => {
    const traffic = findTrafficState(server);
    return {
      id: server.instanceId,
      address: server.address ?? '',
      zone: server.zone.slice(-2),
      side: showGroup ? server.side : '',
      raft: formatRaft(server, formatRaftState(server, known)),
      traffic: traffic === undefined ? '' : formatStateName(traffic),
    };
  });
  const lines = alignColumns(rows, width);
  return servers.map((server, n) => ({
    text: truncate(lines[n] ?? '', width),
    style: chooseServerStyle(server, known),
  }));
}

function alignColumns(rows: readonly ServerCells[], width: number): string[] {
  const widthOf = (name: keyof ServerCells) =>
    Math.max(name === 'raft' ? RAFT_WIDTH : 0, ...rows.map((cells) => getWidth(cells[name])));
  let names = COLUMNS.filter((name) => widthOf(name) > 0);
  for (const name of OPTIONAL_COLUMNS) {
    const needed = names.reduce((sum, one) => sum + widthOf(one) + 2, -2);
    if (needed > width) names = names.filter((one) => one !== name);
  }
  return rows.map((cells) =>
    names
      .map((name) => padEnd(cells[name], widthOf(name)))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * As `formatServers`, on at most `rows` lines. Where there are more servers, those that change are kept first, then
 * those that serve, then those that are gone; the order stays, and the last line counts the rest.
 */
export function formatFittingServers(
  servers: readonly Server[],
  known: Knowledge,
  width: number,
  rows: number,
  options?: ServerLineOptions,
): StyledLine[] {
  if (rows < 1) return [];
  if (servers.length <= rows) return formatServers(servers, known, width, options);
  const chosen = [...servers]
    .sort((one, other) => getDisplayPriority(one, known) - getDisplayPriority(other, known))
    .slice(0, rows - 1);
  const shown = servers.filter((server) => chosen.includes(server));
  const rest = servers.filter((server) => !chosen.includes(server));
  const style: Style = 'faint';
  return [...formatServers(shown, known, width, options), { text: truncate(summarizeRest(rest, known), width), style }];
}

/** `and 4 others: 3 in service, 1 terminated`. */
function summarizeRest(servers: readonly Server[], known: Knowledge): string {
  const words = servers.map((server) => {
    const traffic = findTrafficState(server);
    return traffic === undefined ? formatRaftState(server, known) : formatStateName(traffic);
  });
  const counts = [...new Set(words)].map((word) => `${words.filter((other) => other === word).length} ${word}`);
  const others = `and ${formatCount(servers.length, 'other')}`;
  return counts.length === 1 ? `${others}, ${words[0]}` : `${others}: ${formatList(counts)}`;
}

function getDisplayPriority(server: Server, known: Knowledge): number {
  if (server.lifecycle === 'Gone') return 2;
  return chooseServerStyle(server, known) === 'good' ? 1 : 0;
}

/** One clause for the servers that are now in the same state and were not before; none for the first observation. */
export function describeServerChanges(known: Knowledge, before: Knowledge | undefined): string[] {
  if (before === undefined) return [];
  const was = new Map(
    before.observation.servers.map((server) => [server.instanceId, formatServerState(server, before)]),
  );
  const changed = new Map<string, string[]>();
  for (const server of known.observation.servers) {
    const words = formatServerState(server, known);
    if (was.get(server.instanceId) === words) continue;
    changed.set(words, [...(changed.get(words) ?? []), server.instanceId]);
  }
  const now = new Set(known.observation.servers.map((server) => server.instanceId));
  const gone = [...was.keys()].filter((id) => !now.has(id));
  if (gone.length > 0) changed.set('gone', gone);
  return [...changed].map(([words, ids]) => `${formatList(ids)}: ${words}`);
}
