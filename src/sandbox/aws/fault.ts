/** Which side caused the error, as the query protocol's error body states it. */
export type FaultType = 'Sender' | 'Receiver';

/** An error as AWS names it; the endpoint turns it into the protocol's error body. */
export class AwsFault extends Error {
  readonly code: string;
  readonly status: number;

  /**
   * @param code for instance `ValidationError`
   * @param message in AWS's words
   * @param status the HTTP status, 400 unless AWS uses another
   */
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsFault';
    this.code = code;
    this.status = status;
  }

  get type(): FaultType {
    return this.status >= 500 ? 'Receiver' : 'Sender';
  }
}

/** Auto Scaling and load balancing: a value the service does not accept, or an unknown resource. */
export function validationFault(message: string): AwsFault {
  return new AwsFault('ValidationError', message);
}

/** Auto Scaling: the thing cannot be removed while something uses it. */
export function resourceInUseFault(message: string): AwsFault {
  return new AwsFault('ResourceInUse', message);
}

/** EC2: a parameter whose value is not acceptable. */
export function invalidParameterFault(message: string): AwsFault {
  return new AwsFault('InvalidParameterValue', message);
}

/**
 * The value of a member that the API requires.
 *
 * @throws AwsFault `ValidationError`, in the words of the query services
 */
export function requireMember<T>(value: T | undefined, member: string): T {
  if (value !== undefined) return value;
  const path = member.charAt(0).toLowerCase() + member.slice(1);
  throw validationFault(
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
}

/**
 * The value of a parameter that EC2 requires.
 *
 * @throws AwsFault `MissingParameter`
 */
export function requireParameter<T>(value: T | undefined, parameter: string): T {
  if (value !== undefined) return value;
  throw new AwsFault('MissingParameter', `The request must contain the parameter ${parameter}`);
}
