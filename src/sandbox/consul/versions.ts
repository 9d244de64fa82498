/** Whether `version` (`1.20.2`) is at least `minor` of Consul 1, for instance `atLeast('1.20.2', 11)`. */
function atLeast(version: string, minor: number, patch = 0): boolean {
  const found = partsOf(version);
  return found.major > 1 || found.minor > minor || (found.minor === minor && found.patch >= patch);
}

interface Parts {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

const PARTS = new Map<string, Parts>();

/** Parsed versions, cached: there are few, and a leader's is read often. */
function partsOf(version: string): Parts {
  const known = PARTS.get(version);
  if (known !== undefined) return known;
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const parts = { major, minor, patch };
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

/** `agent/self` has the primary datacentre (1.10). */
export function reportsPrimaryDatacenter(version: string): boolean {
  return atLeast(version, 10);
}

/** An unknown path is answered in words (1.11). */
export function explainsUnknownPath(version: string): boolean {
  return atLeast(version, 11);
}

/** `agent/self` has the date of the build (1.13). */
export function reportsBuildDate(version: string): boolean {
  return atLeast(version, 13);
}

/** The Raft configuration has the last index of every server (1.14.9). */
export function reportsPeerIndex(version: string): boolean {
  return atLeast(version, 14, 9);
}

/** Seen on 1.14.11 and not on 1.8.7: 400 without `Bad request: `, no session for an invalid UUID. */
export function answersAs114(version: string): boolean {
  return atLeast(version, 14);
}

/** Autopilot keeps what a server said last where that does not answer (1.9: the stand-alone library). */
export function keepsLastStats(version: string): boolean {
  return atLeast(version, 9);
}

/**
 * Whether a server that joins with the node id of a peer gets its address written into that peer, vote and all, and one at
 * the address of a peer never removes more voters than the quorum can spare. Before, the peers were removed first.
 */
export function movesPeerOfSameId(version: string): boolean {
  return atLeast(version, 9);
}

/** Whether `agent/self` has the address that the agent listens on. */
export function reportsBindAddress(version: string): boolean {
  return atLeast(version, 22);
}

/** Whether a key is refused that has a blank or two dots once it is percent-decoded. */
export function checksKeyNames(version: string): boolean {
  return atLeast(version, 21, 5);
}
