import { validationError } from '../fault.js';
import type { WorldState } from '../state.js';
import type { GroupFields } from './group.js';
import { subnetsOf } from './placement.js';

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
  if (minSize < 0 || maxSize < 0) throw validationError('Min and max bounds must be non-negative.');
  if (maxSize < minSize) throw validationError('Max bound must be greater than or equal to min bound');
  if (desired < minSize) {
    throw validationError(
      `Desired capacity:${desired} must be between the specified min size:${minSize} and max size:${maxSize}`,
    );
  }
  if (desired > maxSize) {
    throw validationError(
      `Desired capacity:${desired} must be between the specified min size:${minSize} and max size:${maxSize}`,
    );
  }
}

const healthTypes = ['EC2', 'ELB', 'VPC_LATTICE', 'EBS'];

/**
 * Checks the members of a group that say where and how, and not how many.
 *
 * @throws AwsFault `ValidationError`
 */
export function checkFields(state: WorldState, fields: GroupFields): void {
  const types = (fields.HealthCheckType ?? 'EC2').split(',');
  const wrong = types.find((type) => !healthTypes.includes(type));
  if (wrong !== undefined) throw validationError(`Invalid health check type: ${wrong}`);
  if ((fields.HealthCheckGracePeriod ?? 0) < 0)
    throw validationError('HealthCheckGracePeriod must not be negative');
  if (checkedSubnets(state, fields).length === 0) {
    throw validationError('At least one Availability Zone or VPC Subnet is required.');
  }
}

function checkedSubnets(state: WorldState, fields: GroupFields) {
  try {
    return subnetsOf(state, fields);
  } catch (error) {
    throw validationError(error instanceof Error ? error.message : String(error));
  }
}
