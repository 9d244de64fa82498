import { startWallClock } from '../../../src/sandbox/consul/clock.js';
import { serveNetwork } from '../../../src/sandbox/consul/http/serve.js';
import { createConsulNetwork } from '../../../src/sandbox/consul/network.js';
import { type ConsulAgent, findConsulBinary, readConsulVersion, startConsulAgent } from '../../helpers/consul-agent.js';

interface StartOptions {
  readonly retryJoin: readonly number[];
  readonly bootstrapExpect?: number;
  /** Its own where it is left out. */
  readonly nodeId?: string;
  /** That of another server, where it is given. */
  readonly claimedName?: string;
}

/** Servers the contract is put to, numbered from 1. */
export interface ContractCluster {
  /** Of its Consul, for instance `1.8.7`. */
  readonly version: string;
  /** How much faster than real time its delays are. */
  readonly speed: number;
  address(n: number): string;
  nodeName(n: number): string;
  start(n: number, options: StartOptions): void;
  kill(n: number): Promise<void>;
  /** The process runs. */
  alive(n: number): boolean;
  close(): Promise<void>;
}

/** The versions that are simulated for the contract: those that real servers were compared with. */
const SIMULATED = ['1.8.7', '1.14.11', '1.22.0'];

/**
 * The clusters the contract is put to: simulated ones, and a real one where there is a binary, of its version. Test
 * files run side by side, so each asks for a `network` of its own below 50: 127.77.`network`.x for instance.
 */
export function contractKinds(network: number): [string, () => ContractCluster][] {
  const binary = findConsulBinary();
  const kinds = SIMULATED.map((version, at): [string, () => ContractCluster] => [
    `simulated Consul ${version}`,
    () => simulatedCluster(version, { subnet: `127.77.${network + 50 * at}` }),
  ]);
  if (binary === undefined) return kinds;
  const version = readConsulVersion(binary);
  return [...kinds, [`real Consul ${version}`, () => realCluster(binary, version, `127.78.${network}`)]];
}

/** Simulated servers on `subnet`.x, five times as fast as real ones. */
export function simulatedCluster(
  version: string,
  { subnet = '127.77.0', seed = 1 }: { readonly subnet?: string; readonly seed?: number } = {},
): ContractCluster {
  const speed = 5;
  const network = createConsulNetwork({ seed, startMs: Date.now(), speed });
  const clock = startWallClock(network);
  const problems: Error[] = [];
  const serving = serveNetwork(network, clock, { onProblem: (_, problem) => problems.push(problem) });
  const address = (n: number): string => `${subnet}.${n}`;
  return {
    version,
    speed,
    address,
    nodeName: (n) => nodeName(address(n)),
    start: (n, { retryJoin, ...options }) => {
      clock.touch();
      const joining = { retryJoin: retryJoin.map(address), ...options };
      network.start({ nodeName: nodeName(address(n)), address: address(n), version, ...joining });
      clock.touch();
    },
    kill: async (n) => {
      clock.touch();
      network.kill(address(n));
      clock.touch();
    },
    alive: (n) => network.isListening(address(n)),
    close: async () => {
      clock.close();
      await serving.close();
      const [problem] = problems;
      if (problem !== undefined) throw problem;
    },
  };
}

/** Real processes on `subnet`.x. */
function realCluster(binary: string, version: string, subnet: string): ContractCluster {
  const agents = new Map<number, ConsulAgent>();
  const address = (n: number): string => `${subnet}.${n}`;
  return {
    version,
    speed: 1,
    address,
    nodeName: (n) => nodeName(address(n)),
    start: (n, { retryJoin, bootstrapExpect, nodeId, claimedName }) => {
      const joins = retryJoin.map((other) => `-retry-join=${address(other)}`);
      const expects = bootstrapExpect === undefined ? [] : [`-bootstrap-expect=${bootstrapExpect}`];
      const ids = nodeId === undefined ? [] : [`-node-id=${nodeId}`];
      const names = claimedName === undefined ? [] : [`-node=${claimedName}`];
      const ports = '-hcl=ports { dns = -1, grpc = -1 }';
      const given = ['-retry-interval=1s', ports, ...joins, ...expects, ...ids, ...names];
      agents.set(n, startConsulAgent(binary, address(n), given));
    },
    kill: async (n) => agents.get(n)?.stop(),
    alive: (n) => agents.get(n)?.exited() === false,
    close: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.stop()));
    },
  };
}

/** As `startConsulAgent` names its nodes. */
function nodeName(address: string): string {
  return `n-${address}`;
}
