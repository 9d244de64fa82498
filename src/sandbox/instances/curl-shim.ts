import { request } from 'undici';
import type { ShimOutput } from './instance-server.js';

/** curl's exit codes: 7 no connection, 22 an answer of 400 or more with --fail, 2 not understood. */
const EXIT = { refused: 7, failed: 22, usage: 2 } as const;
const WITH_WORD = new Set(['request', 'header', 'connect-timeout', 'max-time', 'noproxy', 'output', 'retry']);
const SHORT: Readonly<Record<string, string>> = { X: 'request', H: 'header', m: 'max-time', o: 'output' };

/**
 * What `curl` would print, on a machine without it: a request without a body.
 *
 * @param metadataUrl where the instance's metadata service is
 */
export async function runCurlShim(words: readonly string[], metadataUrl: string): Promise<ShimOutput> {
  const { method = 'GET', headers, url, fail, limitS } = parsed(words);
  if (url === undefined) return { exit: EXIT.usage, text: 'curl: the shim needs a URL\n' };
  const target = url.replace(/^(http:\/\/)?169\.254\.169\.254(?=\/|$)/, metadataUrl);
  try {
    const signal = AbortSignal.timeout(limitS * 1_000);
    const answer = await request(target, { method: method === 'PUT' ? 'PUT' : 'GET', headers, signal, reset: true });
    const text = await answer.body.text();
    if (!fail || answer.statusCode < 400) return { exit: 0, text };
    return { exit: EXIT.failed, text: `curl: (22) The requested URL returned error: ${answer.statusCode}\n` };
  } catch (thrown) {
    return { exit: EXIT.refused, text: `curl: (7) ${thrown instanceof Error ? thrown.message : 'failed'}\n` };
  }
}

interface Parsed {
  method?: string;
  readonly headers: Record<string, string>;
  url?: string;
  fail: boolean;
  limitS: number;
}

function parsed(words: readonly string[]): Parsed {
  const parsed: Parsed = { headers: {}, fail: false, limitS: 30 };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) parsed.url = word;
    for (const name of optionsIn(word)) applyOption(parsed, name, WITH_WORD.has(name) ? (words[++at] ?? '') : '');
  }
  return parsed;
}

/** `--fail`, or the letters of `-sSf`. */
function optionsIn(word: string): string[] {
  if (word.startsWith('--')) return [word.slice(2)];
  return word.startsWith('-') ? [...word.slice(1)].map((letter) => SHORT[letter] ?? letter) : [];
}

function applyOption(parsed: Parsed, name: string, value: string): void {
  if (name === 'request') parsed.method = value;
  if (name === 'fail' || name === 'f') parsed.fail = true;
  if (name === 'max-time') parsed.limitS = Number(value) || parsed.limitS;
  if (name !== 'header') return;
  const colon = value.indexOf(':');
  parsed.headers[value.slice(0, colon)] = value.slice(colon + 1).trim();
}
