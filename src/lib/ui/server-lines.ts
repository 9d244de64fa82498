import type { Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { raftWord, serviceWord } from './server-state.js';
import { counted, enumerated, truncated } from './text.js';

/** How a line is meant: things under way, trouble, things yet to come. */
export type Tone = 'plain' | 'good' | 'busy' | 'bad' | 'faint';

export interface ToneLine {
  readonly text: string;
  readonly tone: Tone;
}

const TONES: Readonly<Record<string, Tone>> = {
  booting: 'faint',
  starting: 'faint',
  left: 'faint',
  terminating: 'faint',
  terminated: 'faint',
  leaving: 'busy',
  electing: 'busy',
  'not joined': 'busy',
  'non-voter': 'busy',
  unhealthy: 'bad',
  'no leader': 'bad',
  'not answering': 'bad',
  gone: 'bad',
  down: 'bad',
};

/** How servers are told of. */
export interface Telling {
  /** Says which side each is on. */
  readonly sides: boolean;
  /** What to say of a server's part in Raft, where that is more than one look can tell. */
  readonly raft?: (server: Server, word: string) => string;
}

const RAFT_WIDTH = 13;
/** What gives way first where a line is short of room. */
const DISPENSABLE = ['address', 'zone', 'side'] as const;

/** One line a server, columns aligned: id, address, zone, side where there are two, Consul, load balancer. */
export function serverLines(
  servers: readonly Server[],
  survey: Survey,
  width: number,
  { sides, raft: wordFor = (_, word) => word }: Telling = { sides: true },
): ToneLine[] {
  const rows = servers.map((server) => {
    const word = raftWord(server, survey);
    const service = serviceWord(server);
    const cells = {
      id: server.instanceId,
      address: server.address ?? '',
      zone: server.zone.slice(-2),
      side: sides ? server.side : '',
      raft: wordFor(server, word),
      service,
    };
    return { cells, tone: toneOf(word, service) };
  });
  const table = columnsThatFit(
    rows.map(({ cells }) => cells),
    width,
  );
  return rows.map(({ tone }, n) => ({ text: truncated(table[n] ?? '', width), tone }));
}

type Cells = Readonly<Record<'id' | 'address' | 'zone' | 'side' | 'raft' | 'service', string>>;

function columnsThatFit(rows: readonly Cells[], width: number): string[] {
  const widthOf = (name: keyof Cells) =>
    Math.max(name === 'raft' ? RAFT_WIDTH : 0, ...rows.map((cells) => cells[name].length));
  let names = (['id', 'address', 'zone', 'side', 'raft', 'service'] as const).filter(
    (name) => widthOf(name) > 0,
  );
  for (const name of DISPENSABLE) {
    const needed = names.reduce((sum, one) => sum + widthOf(one) + 2, -2);
    if (needed > width) names = names.filter((one) => one !== name);
  }
  return rows.map((cells) =>
    names
      .map((name) => cells[name].padEnd(widthOf(name)))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * The lines of the servers that fit into so many: all of them, or the ones that something is happening to, then those
 * that simply serve, then those that are gone; always in the same order, and the rest counted.
 */
export function fittingServerLines(
  servers: readonly Server[],
  survey: Survey,
  width: number,
  room: number,
  telling?: Telling,
): ToneLine[] {
  if (room < 1) return [];
  if (servers.length <= room) return serverLines(servers, survey, width, telling);
  const chosen = [...servers]
    .sort((one, other) => dullness(one, survey) - dullness(other, survey))
    .slice(0, room - 1);
  const shown = servers.filter((server) => chosen.includes(server));
  const rest = servers.filter((server) => !chosen.includes(server));
  return [
    ...serverLines(shown, survey, width, telling),
    { text: truncated(restOf(rest, survey), width), tone: 'faint' },
  ];
}

/** `and 4 others: 3 in service, 1 terminated`. */
function restOf(servers: readonly Server[], survey: Survey): string {
  const words = servers.map((server) => serviceWord(server) || raftWord(server, survey));
  const counts = [...new Set(words)].map(
    (word) => `${words.filter((other) => other === word).length} ${word}`,
  );
  const others = `and ${counted(servers.length, 'other')}`;
  return counts.length === 1 ? `${others}, ${words[0]}` : `${others}: ${enumerated(counts)}`;
}

/** What is happening to a server comes first, what is over last. */
function dullness(server: Server, survey: Survey): number {
  if (server.lifecycle === 'Gone') return 2;
  return toneOf(raftWord(server, survey), serviceWord(server)) === 'good' ? 1 : 0;
}

function toneOf(raft: string, service: string): Tone {
  const tone = TONES[raft];
  if (tone !== undefined) return tone;
  if (service === 'in service') return 'good';
  return service === '' ? 'plain' : 'busy';
}
