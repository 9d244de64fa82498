import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsFault } from '../aws/fault.js';
import { INSTANCE_KEY } from '../instances/metadata.js';

/** The secret keys of a sandbox. An access key id says only who calls: each goes with one of these. */
export interface SecretKeys {
  /** Of every caller but the instances. */
  readonly operator: string;
  /** Of the instances' role, `INSTANCE_KEY`. */
  readonly instances: string;
}

/** A request as it was signed. */
export interface SignedRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a request's signature contains. */
export interface SigningScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** What a service answers once a session's time is over; EC2 has a name of its own for it. */
export function expiredTokenFault(service: string): AwsFault {
  if (service === 'ec2') return new AwsFault('RequestExpired', 'Request has expired.');
  return new AwsFault('ExpiredToken', 'The security token included in the request is expired', 403);
}

const SCOPE_FORM = /^([^/\s]+)\/\d{8}\/([^/\s]+)\/([^/\s]+)\/aws4_request$/;

/**
 * The scope of the signature in a request's Authorization header. A signature in the query is not read: a page in a
 * browser could open such an address.
 *
 * @throws AwsFault `MissingAuthenticationToken` (403) without one, `IncompleteSignature` with a malformed one
 */
export function parseSigningScope(authorization: string | undefined): SigningScope {
  if (authorization === undefined) {
    throw new AwsFault('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  }
  const [, accessKeyId, region, service] = SCOPE_FORM.exec(readParameter(authorization, 'Credential')) ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) {
    throw new AwsFault('IncompleteSignature', 'Authorization header requires a valid Credential parameter.');
  }
  return { accessKeyId, region, service };
}

/**
 * Verifies Signature Version 4: the request is signed again with the secret key that it should have been signed with.
 *
 * @throws AwsFault `SignatureDoesNotMatch` (403)
 */
export async function verifySignature(request: SignedRequest, scope: SigningScope, keys: SecretKeys): Promise<void> {
  const { authorization = '' } = request.headers;
  const signed = new Set(readParameter(authorization, 'SignedHeaders').split(';'));
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: scope.accessKeyId,
      secretAccessKey: scope.accessKeyId === INSTANCE_KEY ? keys.instances : keys.operator,
    },
    region: scope.region,
    service: scope.service,
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  const again = await signer.sign(toHttpRequest(request, signed), {
    signingDate: parseSigningDate(request.headers),
    signableHeaders: signed,
  });
  const expected = readParameter(again.headers.authorization ?? '', 'Signature');
  if (isSame(expected, readParameter(authorization, 'Signature'))) return;
  const message =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';
  throw new AwsFault('SignatureDoesNotMatch', message, 403);
}

/** With no header that was not signed. */
function toHttpRequest({ method, url, headers, body }: SignedRequest, signed: ReadonlySet<string>): HttpRequest {
  const { pathname, searchParams } = new URL(url, 'http://sandbox');
  const query: Record<string, string[]> = {};
  for (const name of new Set(searchParams.keys())) query[name] = searchParams.getAll(name);
  const kept = Object.entries(headers).filter(([name]) => signed.has(name));
  return new HttpRequest({
    method,
    path: pathname,
    query,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    body,
  });
}

/** `20260102T030405Z`. A request with an unreadable date has no valid signature of any date. */
function parseSigningDate({ 'x-amz-date': text = '' }: IncomingHttpHeaders): Date {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(text)) ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

/** One of `Credential=…, SignedHeaders=…, Signature=…`; empty without it. */
function readParameter(authorization: string, name: string): string {
  if (!authorization.startsWith('AWS4-HMAC-SHA256 ')) return '';
  return new RegExp(`[\\s,]${name}=([^,\\s]*)`).exec(authorization)?.[1] ?? '';
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
