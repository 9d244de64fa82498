import type { AutopilotConfiguration } from '../autopilot/configuration.js';
import { parseDuration, parseJsonObject } from './parse.js';

/** The configuration in a body, zero where left out as in Consul; or the error message. */
export function parseAutopilotConfiguration(body: Buffer): AutopilotConfiguration | string {
  const found = parseJsonObject(body);
  if (typeof found === 'string') return found;
  const lastContactThresholdMs = durationOf(found.LastContactThreshold);
  const serverStabilizationMs = durationOf(found.ServerStabilizationTime);
  if (lastContactThresholdMs === undefined || serverStabilizationMs === undefined) return 'time: invalid duration';
  return {
    cleanupDeadServers: found.CleanupDeadServers === true,
    lastContactThresholdMs,
    maxTrailingLogs: countOf(found.MaxTrailingLogs),
    minQuorum: countOf(found.MinQuorum),
    serverStabilizationMs,
  };
}

function durationOf(value: unknown): number | undefined {
  if (value === undefined) return 0;
  return parseDuration(String(value));
}

function countOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
