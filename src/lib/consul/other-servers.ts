import { connect } from 'node:net';
import { OTHER_SERVERS, type OtherServer } from '../model/doctor.js';

/** The port on which servers of the same cluster talk to each other; client agents do not listen there. */
const PORTS: Readonly<Record<OtherServer, number>> = { Nomad: 4647, Vault: 8201 };

/** See `ConsulInspection.findOtherServers`. */
export async function findOtherServers(address: string, limitMs: number): Promise<readonly OtherServer[]> {
  const open = await Promise.all(OTHER_SERVERS.map((name) => isOpen(address, PORTS[name], limitMs)));
  return OTHER_SERVERS.filter((_, index) => open[index]);
}

/** Connects, sends nothing, and closes. */
function isOpen(host: string, port: number, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isConnected: boolean) => {
      socket.destroy();
      resolve(isConnected);
    };
    socket.setTimeout(limitMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
