import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { InstanceSpec } from '../interfaces.js';
import { getUserData } from './user-data.js';

/** The access key of the role that every instance has. */
export const INSTANCE_KEY = 'ASIASANDBOX000000000';

/** A request to the metadata service. */
export interface MetadataRequest {
  readonly method: string;
  /** From `/latest/` on. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** Its answer. */
export interface MetadataAnswer {
  readonly status: number;
  readonly body: string;
}

const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';
const LONGEST_TTL_S = 21_600;
const CREDENTIALS_MS = 6 * 3_600_000;

/**
 * An instance's metadata service: version 2, which needs a token, and version 1 where the launch permits it. What
 * it serves is in SPEC.md.
 */
export class Metadata {
  readonly #spec: InstanceSpec;
  readonly #roleSecretKey: string;
  readonly #nowMs: () => number;
  /** Token to its end, epoch milliseconds. */
  readonly #tokens = new Map<string, number>();

  constructor(spec: InstanceSpec, roleSecretKey: string, nowMs: () => number) {
    this.#spec = spec;
    this.#roleSecretKey = roleSecretKey;
    this.#nowMs = nowMs;
  }

  answer(request: MetadataRequest): MetadataAnswer {
    if (request.path === 'api/token') return this.#token(request);
    if (request.method !== 'GET') return { status: 405, body: '' };
    if (!this.#mayRead(request.headers)) return { status: 401, body: '' };
    const found = lookUp(this.#facts(), request.path);
    return found === undefined ? { status: 404, body: '' } : { status: 200, body: found };
  }

  #token({ method, headers }: MetadataRequest): MetadataAnswer {
    if (method !== 'PUT') return { status: 405, body: '' };
    if (headers['x-forwarded-for'] !== undefined) return { status: 403, body: '' };
    const ttlS = Number(headers[TTL_HEADER]);
    if (!Number.isInteger(ttlS) || ttlS < 1 || ttlS > LONGEST_TTL_S) return { status: 400, body: '' };
    const token = randomBytes(40).toString('base64');
    this.#tokens.set(token, this.#nowMs() + ttlS * 1_000);
    return { status: 200, body: token };
  }

  #mayRead(headers: IncomingHttpHeaders): boolean {
    const token = headers[TOKEN_HEADER];
    if (token === undefined) return this.#spec.launch.httpTokens === 'optional';
    return (this.#tokens.get(String(token)) ?? 0) > this.#nowMs();
  }

  #facts(): ReadonlyMap<string, string> {
    const spec = this.#spec;
    const { launch } = spec;
    const userData = getUserData(spec);
    const tags = launch.tagsInMetadata ? [...launch.tags] : [];
    return new Map([
      ['meta-data/ami-id', spec.image.imageId],
      ['meta-data/hostname', launch.hostName],
      ['meta-data/instance-id', spec.instanceId],
      ['meta-data/instance-type', launch.instanceType],
      ['meta-data/local-hostname', launch.hostName],
      ['meta-data/local-ipv4', spec.address],
      ['meta-data/placement/availability-zone', spec.zone],
      ['meta-data/placement/region', launch.region],
      ...tags.map(([key, value]) => [`meta-data/tags/instance/${key}`, value] as const),
      ...roleFacts(spec, this.#roleSecretKey, this.#nowMs()),
      ['dynamic/instance-identity/document', identityDocument(spec)],
      ...(userData === undefined ? [] : [['user-data', userData] as const]),
    ]);
  }
}

/** A leaf, or the names below a folder, folders with a slash. */
function lookUp(facts: ReadonlyMap<string, string>, path: string): string | undefined {
  const leaf = facts.get(path);
  if (leaf !== undefined) return leaf;
  const folder = path === '' || path.endsWith('/') ? path : `${path}/`;
  const below = [...facts.keys()].filter((key) => key.startsWith(folder));
  if (below.length === 0) return undefined;
  const names = below.map((key) => key.slice(folder.length).replace(/\/.*/, '/'));
  return [...new Set(names)].join('\n');
}

function identityDocument({ instanceId, address, zone, image, launch }: InstanceSpec): string {
  const document = {
    accountId: launch.accountId,
    architecture: 'x86_64',
    availabilityZone: zone,
    imageId: image.imageId,
    instanceId,
    instanceType: launch.instanceType,
    pendingTime: seconds(launch.launchedMs),
    privateIp: address,
    region: launch.region,
    version: '2017-09-30',
  };
  return JSON.stringify(document, undefined, 2);
}

/** The credentials of the instance's role. */
function roleFacts({ launch }: InstanceSpec, secretKey: string, nowMs: number): readonly (readonly [string, string])[] {
  const role = launch.instanceProfile?.split('/').at(-1);
  if (role === undefined) return [];
  const credentials = {
    Code: 'Success',
    LastUpdated: seconds(nowMs),
    Type: 'AWS-HMAC',
    AccessKeyId: INSTANCE_KEY,
    SecretAccessKey: secretKey,
    Token: 'sandbox',
    Expiration: seconds(nowMs + CREDENTIALS_MS),
  };
  return [[`meta-data/iam/security-credentials/${role}`, JSON.stringify(credentials)]];
}

function seconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
