import { isIPv4 } from 'node:net';
import type { ConsulSettings } from '../config/connection.js';
import { RollError } from '../model/errors.js';

/**
 * The ACL token, and the servers that may get it: none until Raft is known, because a server that is not in the cluster may
 * be anyone's. One that may not is asked without it.
 */
export interface AclToken {
  /** From now on these may get it, and no others; see `Consul.giveTokenTo`. */
  giveTo(addresses: Iterable<string>): void;
  /**
   * The headers of a request, and whether there is a token that its server may not get. What every client may ask goes
   * without the token to every server.
   *
   * @throws RollError `token-unencrypted` where a token would cross a network in clear text
   */
  buildHeaders(request: { readonly address: string; readonly path: string }): TokenHeaders;
}

interface TokenHeaders {
  readonly headers: Readonly<Record<string, string>>;
  readonly isTokenWithheld: boolean;
}

export function createAclToken({
  token,
  scheme,
  allowPlaintextToken,
}: Pick<ConsulSettings, 'token' | 'scheme' | 'allowPlaintextToken'>): AclToken {
  let members: ReadonlySet<string> = new Set();
  return {
    giveTo(addresses) {
      members = new Set(addresses);
    },
    buildHeaders({ address, path }): TokenHeaders {
      const isTokenWithheld = Boolean(token) && !members.has(address);
      if (!token || isTokenWithheld || isPublic(path)) return { headers: {}, isTokenWithheld };
      if (scheme === 'http' && allowPlaintextToken !== true && !isLoopback(address)) {
        throw tokenUnencryptedError(address);
      }
      return { headers: { 'x-consul-token': token }, isTokenWithheld };
    },
  };
}

/** Who leads and who the peers are, a server says to every client. */
function isPublic(path: string): boolean {
  return path.startsWith('status/');
}

/** Of this machine; servers are called by their IPv4 address. */
function isLoopback(address: string): boolean {
  return isIPv4(address) && address.startsWith('127.');
}

function tokenUnencryptedError(address: string): RollError {
  return new RollError({
    code: 'token-unencrypted',
    message: `The ACL token was not sent to ${address}: over plain HTTP it can be read on the network.`,
    kind: 'refused',
    state: 'No server was sent the token, and this command changed nothing.',
    next: 'set CONSUL_HTTP_SSL=true and CONSUL_CACERT if the servers offer HTTPS; if this network may see the token, repeat the command with --allow-plaintext-token',
  });
}
