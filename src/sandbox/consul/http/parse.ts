import type { Consistency } from '../rpc/read.js';
import { type ApiRequest, type Respond, textResponse } from './messages.js';

/** The consistency a request asks for; undefined, with the answer given, when it asks for two. */
export function parseConsistency({ query }: ApiRequest, respond: Respond): Consistency | undefined {
  const stale = query.has('stale');
  const consistent = query.has('consistent');
  if (stale && consistent) {
    respond(textResponse(400, 'Cannot specify ?stale with ?consistent, conflicting semantics.'));
    return undefined;
  }
  if (stale) return 'stale';
  return consistent ? 'consistent' : 'default';
}

/** The JSON object a body holds; empty when the body is; the error message when it is not one. */
export function parseJsonObject(body: Buffer): Readonly<Record<string, unknown>> | string {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    return isObject(value) ? value : 'json: cannot unmarshal into Go value';
  } catch {
    return complaint(body.toString());
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function complaint(text: string): string {
  const first = text.trim()[1];
  if (first === undefined) return 'unexpected EOF';
  return `invalid character '${first}' looking for beginning of object key string`;
}
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60000,
  h: 3600000,
};

/** Go's durations: `1h30m`, `1.5s`; a bare number is nanoseconds. Milliseconds; undefined when invalid. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1e-6;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    totalMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return totalMs;
}

/** A duration as Go prints it: `0s`, `19.964634ms`, `16.59s`, `10s`, `2m0s`; `-1ns` for one that is unknown. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined) return '-1ns';
  if (ms === 0) return '0s';
  if (ms < 1000) return `${trimmed(ms, 6)}ms`;
  const hours = Math.floor(ms / 3600000);
  const minutes = Math.floor((ms % 3600000) / 60000);
  const seconds = `${trimmed((ms % 60000) / 1000, 9)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
