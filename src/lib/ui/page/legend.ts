import { SERVER_STATES, type ServerState, type Span, type Story } from '../story/story.js';
import { spanOf } from '../time.js';
import { type Html, html } from './html.js';

/** The states of a server as they are written on its bar. */
export const STATE_WORDS: Readonly<Record<ServerState, string>> = {
  booting: 'booting',
  joined: 'joined',
  voter: 'voter',
  'in-service': 'in service',
  draining: 'draining',
  leaving: 'leaving',
  left: 'left',
  leaderless: 'electing',
  trouble: 'trouble',
};

const MEANINGS: Readonly<Record<ServerState, string>> = {
  booting: 'launched, Consul not up yet',
  joined: 'member, no vote yet',
  voter: 'votes, takes no traffic',
  'in-service': 'votes and takes traffic',
  draining: 'its traffic ends',
  leaving: 'asked to leave, still a member',
  left: 'no member any more',
  leaderless: 'no leader, or one just elected',
  trouble: 'silent, or called unhealthy',
};

/** What occurs in the picture: every state with its pattern and what it means, and the other marks. */
export function stateLegend({ servers }: Story, holes: readonly Span[]): Html {
  const seen = new Set(servers.flatMap(({ spans }) => spans.map(({ state }) => state)));
  const states = SERVER_STATES.filter((state) => seen.has(state));
  const unwatchedMs = holes.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const entries = [
    ...states.map((state) => entry(`state ${state}`, STATE_WORDS[state], MEANINGS[state])),
    entry('led', 'leader', 'underlined while it leads'),
    servers.some(({ goneAtMs }) => goneAtMs !== undefined) && entry('gone', 'gone', 'no instance any more'),
    unwatchedMs > 0 && entry('hole', 'not watched', `nobody rolled for ${spanOf(unwatchedMs)}`),
  ];
  return html`<ul class="legend">${entries.flatMap((one) => one || [])}</ul>`;
}

function entry(look: string, name: string, meaning: string): Html {
  return html`<li><i class="swatch ${look}"></i><b>${name}</b> <span>${meaning}</span></li>`;
}
