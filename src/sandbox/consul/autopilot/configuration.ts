/** What `operator/autopilot/configuration` holds, as far as it matters here. */
export interface AutopilotConfiguration {
  readonly cleanupDeadServers: boolean;
  /** A server whose last contact is longer ago is unhealthy, milliseconds. */
  readonly lastContactThresholdMs: number;
  /** A server that trails the leader's log by more entries is unhealthy; 0 for no such limit. */
  readonly maxTrailingLogs: number;
  /** Dead servers are not cleaned up when fewer than this would remain. */
  readonly minQuorum: number;
  /** A non-voter gets its vote when it has been healthy for this long, milliseconds. */
  readonly serverStabilizationMs: number;
}

/** The configuration with the raft indexes of its making and its last change. */
export interface StoredAutopilotConfiguration extends AutopilotConfiguration {
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** What a cluster begins with. */
export const DEFAULT_AUTOPILOT: StoredAutopilotConfiguration = {
  cleanupDeadServers: true,
  lastContactThresholdMs: 200,
  maxTrailingLogs: 250,
  minQuorum: 0,
  serverStabilizationMs: 10_000,
  createIndex: 4,
  modifyIndex: 4,
};
