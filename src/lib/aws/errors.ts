import { RollError } from '../model/errors.js';

/** Text may use `{action}`, the IAM name of the call, for instance `autoscaling:DescribeAutoScalingGroups`. */
interface ErrorTranslation {
  readonly code: string;
  /** What the SDK's error is recognised by: its name without suffix, or the `code` Node gave it or its cause. */
  readonly names: readonly string[];
  /** For errors that have no name of their own. */
  readonly message?: RegExp;
  readonly says: string;
  readonly state: string;
  readonly next: string;
  /** The error may be transient, so the call is worth retrying. */
  readonly passing?: boolean;
  /** The original may quote a command line or its output, so it is not kept. */
  readonly dropsCause?: boolean;
}

/** Our own name for any error with status 500 or above. */
const SERVER_FAULT = 'server fault';
const NO_EFFECT = 'AWS refused this call, so it changed nothing.';
const CALL_NOT_MADE = 'The call never reached AWS, so it changed nothing.';
const EFFECT_UNKNOWN = 'It is not known whether this call took effect; the next observation of AWS will show it.';
const READ_ONLY_CALL = 'This call only reads, so it changed nothing.';
const SIGN_IN_HINT =
  'sign in again, or set AWS_PROFILE (see aws configure list-profiles) or AWS_ACCESS_KEY_ID, and check with: aws sts get-caller-identity';

const TRANSLATIONS: readonly ErrorTranslation[] = [
  {
    code: 'no-credentials',
    names: ['ERR_INVALID_CHAR'],
    says: 'The AWS credentials contain a line end, or another character that no request can have.',
    state: CALL_NOT_MADE,
    next: 'correct AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile',
    dropsCause: true,
  },
  {
    code: 'no-credentials',
    names: ['CredentialsProviderError', 'TokenProviderError'],
    message: /^Resolved credential object is not valid/,
    says: 'No usable AWS credentials were found for {action}.',
    state: CALL_NOT_MADE,
    next: SIGN_IN_HINT,
    dropsCause: true,
  },
  {
    // The message quotes the path, where the token itself may stand instead.
    code: 'no-credentials',
    names: ['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE'],
    says: 'A file with AWS credentials cannot be read, so {action} was not called.',
    state: CALL_NOT_MADE,
    next: 'check AWS_WEB_IDENTITY_TOKEN_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE and the files that the profile names',
    dropsCause: true,
  },
  {
    code: 'no-credentials',
    names: ['ExpiredToken', 'RequestExpired', 'CredentialsExpired'],
    says: 'The AWS credentials have expired, so {action} was refused.',
    state: NO_EFFECT,
    next: SIGN_IN_HINT,
  },
  {
    code: 'no-credentials',
    names: [
      'MissingAuthenticationToken',
      'InvalidClientTokenId',
      'UnrecognizedClient',
      'AuthFailure',
      'InvalidAccessKeyId',
      'SignatureDoesNotMatch',
      'IncompleteSignature',
    ],
    says: 'AWS does not accept these credentials for {action}.',
    state: NO_EFFECT,
    next: SIGN_IN_HINT,
  },
  {
    code: 'access-denied',
    names: ['AccessDenied', 'UnauthorizedOperation', 'NotAuthorized', 'Forbidden'],
    says: 'These AWS credentials may not call {action}.',
    state: NO_EFFECT,
    next: 'allow {action} in the IAM policy of the caller, then run the same command again',
  },
  {
    code: 'no-region',
    names: [],
    message: /^Region is missing|^Invalid region|not a valid hostname component/,
    says: 'No valid AWS region is set.',
    state: CALL_NOT_MADE,
    next: 'name one with --region or AWS_REGION, or set it in the AWS profile',
  },
  {
    code: 'no-region',
    names: ['OptInRequired'],
    says: 'This account may not use this region, so {action} was refused.',
    state: NO_EFFECT,
    next: 'enable the region in the account, or name another with --region or AWS_REGION',
  },
  {
    code: 'aws-throttled',
    names: [
      'Throttling',
      'Throttled',
      'RequestLimitExceeded',
      'RequestThrottled',
      'TooManyRequests',
      'SlowDown',
      'DependencyThrottle',
    ],
    says: 'AWS kept throttling {action}.',
    state: NO_EFFECT,
    next: 'wait a minute and run the same command again: it continues from what it finds',
    passing: true,
  },
  {
    code: 'aws-busy',
    names: ['ScalingActivityInProgress', 'ResourceContention'],
    says: 'AWS is still busy with the group and refused {action}.',
    state: NO_EFFECT,
    next: 'wait for the scaling activity to end (aws autoscaling describe-scaling-activities) and run it again',
    passing: true,
  },
  {
    code: 'aws-limit',
    names: ['LimitExceeded', 'TooManyLoadBalancers'],
    says: 'A quota of the AWS account does not allow {action}.',
    state: NO_EFFECT,
    next: 'delete what is unused, or ask for a higher quota in Service Quotas',
  },
  {
    code: 'launch-configurations-refused',
    names: [],
    message: /launch configuration creation operation is not available|launch configurations? (is|are) not supported/i,
    says: 'AWS does not let this account make launch configurations, so {action} was refused.',
    state: NO_EFFECT,
    next: 'roll with --launch-source launch-template',
  },
  {
    code: 'load-balancer-not-found',
    names: ['LoadBalancerNotFound', 'AccessPointNotFound'],
    says: 'A load balancer of the group does not exist any more: {action} did not find it.',
    state: NO_EFFECT,
    next: 'detach it from the group (aws autoscaling detach-load-balancers) or create it again',
  },
  {
    code: 'target-group-not-found',
    names: ['TargetGroupNotFound'],
    says: 'A target group of the group does not exist any more: {action} did not find it.',
    state: NO_EFFECT,
    next: 'detach it (aws autoscaling detach-load-balancer-target-groups) or create it again',
  },
  {
    code: 'aws-unreachable',
    names: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
    says: 'AWS could not be reached for {action}.',
    state: CALL_NOT_MADE,
    next: 'check the network, the proxy, AWS_REGION and AWS_ENDPOINT_URL, then run the same command again',
  },
  {
    code: 'aws-unreachable',
    names: [
      'EPROTO',
      // An answer that is not HTTP.
      'HPE_INVALID_CONSTANT',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'CERT_HAS_EXPIRED',
    ],
    says: 'No secure connection to AWS could be made for {action}.',
    state: CALL_NOT_MADE,
    next: 'check the proxy, its certificate (NODE_EXTRA_CA_CERTS), and whether AWS_ENDPOINT_URL begins with https:// or http:// as it should',
  },
  {
    code: 'aws-unreachable',
    names: ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError', 'NetworkingError'],
    says: 'The connection to AWS broke before {action} was answered completely.',
    state: EFFECT_UNKNOWN,
    next: 'check the network and the proxy between here and AWS, then run the same command again',
    passing: true,
  },
  {
    code: 'aws-unavailable',
    names: [
      SERVER_FAULT,
      'ServiceUnavailable',
      'Unavailable',
      'InternalFailure',
      'InternalError',
      'InternalServerError',
    ],
    // A proxy's page, or a truncated response, with status 200.
    message: /Deserialization error/,
    says: 'AWS failed to answer {action}.',
    state: EFFECT_UNKNOWN,
    next: 'see https://health.aws.amazon.com, wait, and run the same command again',
    passing: true,
  },
];

const IAM_PREFIX: Readonly<Record<string, string>> = {
  AutoScalingClient: 'autoscaling',
  EC2Client: 'ec2',
  ElasticLoadBalancingClient: 'elasticloadbalancing',
  ElasticLoadBalancingV2Client: 'elasticloadbalancing',
  STSClient: 'sts',
  IAMClient: 'iam',
  SSMClient: 'ssm',
};

/**
 * The RollError for what the SDK threw, or the same error again where the operator can do nothing about it.
 * What AWS wrote is kept as the cause and out of the message: it may quote inputs.
 */
export function toRollError(thrown: unknown, clientName: string, commandName: string): unknown {
  if (!(thrown instanceof Error) || thrown instanceof RollError) return thrown;
  const names = listErrorNames(thrown);
  const found = TRANSLATIONS.find(
    (row) => row.names.some((name) => names.includes(name)) || row.message?.test(thrown.message),
  );
  if (!found) return thrown;
  const own = `${IAM_PREFIX[clientName] ?? clientName}:${commandName.replace(/Command$/, '')}`;
  const action = found.code === 'access-denied' ? (findRefusedAction(thrown) ?? own) : own;
  return new RollError({
    code: found.code,
    message: found.says.replaceAll('{action}', action),
    kind: 'refused',
    state: found.state === EFFECT_UNKNOWN && isReadOnlyCommand(commandName) ? READ_ONLY_CALL : found.state,
    passing: found.passing ?? false,
    next: found.next.replaceAll('{action}', action),
    cause: found.dropsCause ? undefined : thrown,
  });
}

/** The action that AWS says it refused: a call may need more than its own, iam:PassRole for instance. */
export function findRefusedAction({ message }: Error): string | undefined {
  return /not authorized to perform: ([a-z]+:[A-Za-z]+)/.exec(message)?.[1];
}

/** By AWS's own naming, such a call changes nothing. */
function isReadOnlyCommand(commandName: string): boolean {
  return /^(Describe|Get|List)/.test(commandName);
}

/** True when AWS refused a call with one of these error codes, given without suffix. */
export function isAwsError(thrown: unknown, ...names: readonly string[]): thrown is Error {
  return thrown instanceof Error && listErrorNames(thrown).some((name) => names.includes(name));
}

/** True for an answer of AWS that blames the caller: an unknown id, a missing permission, an unknown action. */
export function isAccessDenied(thrown: unknown): boolean {
  if (thrown instanceof RollError) return thrown.code === 'access-denied';
  return thrown instanceof Error && '$fault' in thrown && thrown.$fault === 'client';
}

/** @param consequence what cannot be done without the group */
export function groupNotFound(name: string, consequence: string, state?: string): RollError {
  return new RollError({
    code: 'group-not-found',
    message: `The group ${name} does not exist, so ${consequence}.`,
    kind: 'refused',
    state,
    next: 'check the name with: aws autoscaling describe-auto-scaling-groups',
  });
}

/** Undefined where AWS refuses to say; network failures are thrown. */
export async function undefinedIfDenied<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (isAccessDenied(thrown)) return undefined;
    throw thrown;
  }
}

function listErrorNames(thrown: Error): string[] {
  const cause = thrown.cause;
  const names = [thrown.name, readOwnText(thrown, 'Code'), readOwnText(thrown, 'code')];
  if (cause instanceof Error) names.push(readOwnText(cause, 'code'));
  if ('$fault' in thrown && thrown.$fault === 'server') names.push(SERVER_FAULT);
  // The same error is called `ResourceInUse`, `ResourceInUseFault` or `ResourceInUseException`.
  return names.flatMap((name) => name?.replace(/(Exception|Fault)$/, '') ?? []);
}

function readOwnText(error: Error, key: 'Code' | 'code'): string | undefined {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : undefined;
}
