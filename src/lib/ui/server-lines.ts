import { standingOf } from '../decide/servers.js';
import type { Server, Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { raftWord, serviceWord } from './server-state.js';
import { counted, truncated } from './text.js';

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

/** One line a server, columns aligned: id, address, zone, side where there are two, Consul, load balancer. */
export function serverLines(
  servers: readonly Server[],
  survey: Survey,
  width: number,
  sides = true,
): ToneLine[] {
  const idWidth = Math.max(0, ...servers.map((server) => server.instanceId.length));
  const addressWidth = Math.max(0, ...servers.map((server) => (server.address ?? '').length));
  return servers.map((server) => {
    const id = server.instanceId.padEnd(idWidth);
    const address = (server.address ?? '').padEnd(addressWidth);
    const zone = server.zone.slice(-2);
    const raft = raftWord(server, survey);
    const side = sides ? [server.side] : [];
    const cells = [id, address, zone, ...side, raft.padEnd(13), serviceWord(server)];
    return { text: truncated(cells.join('  ').trimEnd(), width), tone: toneOf(raft, serviceWord(server)) };
  });
}

/**
 * The servers that fit into `room` lines: all of them, or those of the side at work, or the ones that are not
 * simply serving, with the rest counted.
 */
export function fittingServerLines(survey: Survey, side: Side, width: number, room: number): ToneLine[] {
  if (room < 1) return [];
  const own = survey.servers.filter((server) => server.side === side);
  const other = survey.servers.filter((server) => server.side !== side);
  if (own.length + other.length <= room) return serverLines([...own, ...other], survey, width);
  if (own.length <= room) return serverLines(own, survey, width);
  const restless = own.filter((server) => toneOf(raftWord(server, survey), serviceWord(server)) !== 'good');
  const shown = [...restless, ...own.filter((server) => !restless.includes(server))].slice(0, room - 1);
  const rest = counted(standingOf(survey, side).length - shown.length, 'other');
  return [...serverLines(shown, survey, width), { text: truncated(`and ${rest}`, width), tone: 'faint' }];
}

function toneOf(raft: string, service: string): Tone {
  const tone = TONES[raft];
  if (tone !== undefined) return tone;
  if (service === 'in service') return 'good';
  return service === '' ? 'plain' : 'busy';
}
