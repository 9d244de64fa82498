import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { InstanceSpec } from '../interfaces.js';
import { Metadata } from './metadata.js';

/** Output and exit code of a shim. */
export interface ShimOutput {
  readonly exit: number;
  /** To standard output when it ends well, to standard error otherwise. */
  readonly text: string;
}

/** A request to a shim has the words of one command. */
const MAX_BODY_BYTES = 1_048_576;
const USER = 'sandbox';

/** Answers a shim: the first word is the program. */
export type Shim = (words: readonly string[]) => ShimOutput | Promise<ShimOutput>;

/** The instance's metadata service, which also answers its shims. */
export interface InstanceServer {
  /** `address:port`. */
  readonly at: string;
  /** Only the instance's own programs know it; they send it as a password, or as the first folder of a path. */
  readonly token: string;
  /** The file from which curl takes the password. */
  readonly netrc: string;
  /** Of the metadata service, token included. */
  readonly url: string;
  close(): void;
}

/** Listens on the instance's own address, on any free port: 80 is for the system's administrator alone. */
export async function startInstanceServer(
  spec: InstanceSpec,
  shim: Shim,
  roleSecretKey: string,
): Promise<InstanceServer> {
  const metadata = new Metadata(spec, roleSecretKey, Date.now);
  const token = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    answer({ metadata, shim, token }, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, spec.address, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    at: `${spec.address}:${port}`,
    token,
    netrc: `machine 169.254.169.254 login ${USER} password ${token}\n`,
    url: `http://${spec.address}:${port}/${token}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  { metadata, shim, token }: { readonly metadata: Metadata; readonly shim: Shim; readonly token: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers } = request;
  const inPath = request.url?.startsWith(`/${token}/`);
  if (!inPath && headers.authorization !== `Basic ${Buffer.from(`${USER}:${token}`).toString('base64')}`) {
    response.writeHead(403, { Connection: 'close' }).end();
    return;
  }
  const url = (inPath ? request.url?.slice(token.length + 1) : request.url) ?? '/';
  if (url === '/shim') {
    const { exit, text } = await shim(parseWords(await readBody(request)));
    response.writeHead(200, { 'X-Exit': String(exit), Connection: 'close' }).end(text);
    return;
  }
  const path = /^\/(?:latest|\d{4}-\d{2}-\d{2})\/(.*)$/.exec(url)?.[1];
  const { status, body: text } =
    path === undefined
      ? { status: 404, body: '' }
      : metadata.answer({ method, path: decodeURIComponent(path), headers });
  response.writeHead(status, { 'Content-Type': 'text/plain', Server: 'EC2ws' }).end(text);
}

/** @throws for a body that is too long; that ends the connection */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('the request is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Words as a shim sends them: length in bytes, colon, the word, comma. */
export function parseWords(body: Buffer): string[] {
  const words: string[] = [];
  for (let at = 0; at < body.length; ) {
    const colon = body.indexOf(':', at);
    const length = Number(body.toString('latin1', at, colon));
    if (colon < 0 || !Number.isInteger(length)) break;
    words.push(body.toString('utf8', colon + 1, colon + 1 + length));
    at = colon + 1 + length + 1;
  }
  return words;
}
