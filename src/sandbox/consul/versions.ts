/** Whether `version` (`1.20.2`) is at least `minor` of Consul 1, for instance `atLeast('1.20.2', 11)`. */
function atLeast(version: string, minor: number): boolean {
  const { major, minor: found } = partsOf(version);
  return major > 1 || (major === 1 && found >= minor);
}

interface Parts {
  readonly major: number;
  readonly minor: number;
}

const PARTS = new Map<string, Parts>();

/** Parsed versions, cached: there are few, and a leader's is read often. */
function partsOf(version: string): Parts {
  const known = PARTS.get(version);
  if (known !== undefined) return known;
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const parts = { major, minor };
  PARTS.set(version, parts);
  return parts;
}

/** A leader that leaves hands its leadership over first (1.11). */
export function transfersLeaderOnLeave(version: string): boolean {
  return atLeast(version, 11);
}

/** `operator/raft/transfer-leader` exists (1.15). */
export function canTransferLeader(version: string): boolean {
  return atLeast(version, 15);
}

/** Autopilot is the stand-alone library with `operator/autopilot/state` (1.9). */
export function hasAutopilotState(version: string): boolean {
  return atLeast(version, 9);
}

/** Every server's autopilot watches the others from its start, and a new leader knows at once (1.12). */
export function servesHealthAsFollower(version: string): boolean {
  return atLeast(version, 12);
}
