import { AwsFault } from '../aws/fault.js';

/** What a request's signature contains; the signature itself is not verified. */
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

const scopeForm = /^([^/\s]+)\/\d{8}\/([^/\s]+)\/([^/\s]+)\/aws4_request$/;

/**
 * The scope of a request's signature, from its header or from a presigned request's fields.
 *
 * @throws AwsFault `MissingAuthenticationToken` (403) without one, `IncompleteSignature` with a malformed one
 */
export function parseSigningScope(authorization: string | undefined, fields: URLSearchParams): SigningScope {
  const header = /^AWS4-HMAC-SHA256\s+.*?Credential=([^,\s]+)/.exec(authorization ?? '')?.[1];
  const credential = header ?? fields.get('X-Amz-Credential') ?? undefined;
  if (credential === undefined && authorization === undefined) {
    throw new AwsFault('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  }
  const [, accessKeyId, region, service] = scopeForm.exec(credential ?? '') ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) {
    throw new AwsFault('IncompleteSignature', 'Authorization header requires a valid Credential parameter.');
  }
  return { accessKeyId, region, service };
}
