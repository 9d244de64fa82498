import { validationFault } from '../fault.js';
import type { GroupFields } from '../records.js';
import type { AwsState } from '../state.js';
import { listSubnets } from './placement.js';

/** The sizes of a group. */
export interface Sizes {
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
}

/**
 * Checks the sizes of a group against each other.
 *
 * @throws AwsFault `ValidationError` in AWS's words
 */
export function checkSizes({ minSize, maxSize, desired }: Sizes): void {
  if (minSize < 0 || maxSize < 0) throw validationFault('Min and max bounds must be non-negative.');
  if (maxSize < minSize) throw validationFault('Max bound must be greater than or equal to min bound');
  if (desired < minSize) {
    throw validationFault(
      `Desired capacity:${desired} must be between the specified min size:${minSize} and max size:${maxSize}`,
    );
  }
  if (desired > maxSize) {
    throw validationFault(
      `Desired capacity:${desired} must be between the specified min size:${minSize} and max size:${maxSize}`,
    );
  }
}

const SHORTEST_LIFETIME_S = 86_400;
const healthTypes = ['EC2', 'ELB', 'VPC_LATTICE', 'EBS'];

/**
 * Checks the members of a group that say where and how, and not how many.
 *
 * @throws AwsFault `ValidationError`
 */
export function checkFields(state: AwsState, fields: GroupFields): void {
  const types = (fields.HealthCheckType ?? 'EC2').split(',');
  const wrong = types.find((type) => !healthTypes.includes(type));
  if (wrong !== undefined) throw validationFault(`Invalid health check type: ${wrong}`);
  const lifetimeS = fields.MaxInstanceLifetime ?? 0;
  if (lifetimeS !== 0 && lifetimeS < SHORTEST_LIFETIME_S) {
    throw validationFault(`Max instance lifetime must be 0, or at least ${SHORTEST_LIFETIME_S} seconds.`);
  }
  if ((fields.HealthCheckGracePeriod ?? 0) < 0) throw validationFault('HealthCheckGracePeriod must not be negative');
  if (checkedSubnets(state, fields).length === 0) {
    throw validationFault('At least one Availability Zone or VPC Subnet is required.');
  }
}

function checkedSubnets(state: AwsState, fields: GroupFields) {
  try {
    return listSubnets(state, fields);
  } catch (error) {
    throw validationFault(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Names as AWS documents them: ASCII without a colon; a blank, which is not of the documented characters, is taken.
 *
 * @throws AwsFault `ValidationError`
 */
export function checkGroupName(name: string): void {
  if (/^[\x20-\x39\x3b-\x7e]{1,255}$/.test(name)) return;
  throw validationFault(
    `1 validation error detected: Value '${name}' at 'autoScalingGroupName' failed to satisfy constraint: Member must have length less than or equal to 255, and contain ASCII characters only, and no colon`,
  );
}
