import type { AwsState } from '../../../src/sandbox/aws/state.js';

const [FIRST_HOST, LAST_HOST] = [4, 254];

/** Takes every free address, of all subnets or of one. */
export function takeAddresses({ network }: AwsState, only?: number): void {
  for (const [index, { taken, prefix }] of network.subnets.entries()) {
    if (only !== undefined && index !== only) continue;
    for (let host = FIRST_HOST; host <= LAST_HOST; host++) taken.add(`${prefix}.${host}`);
  }
}

/** Frees every address that no instance has. */
export function releaseAddresses({ network, instances }: AwsState): void {
  const living = new Set<string>();
  for (const { state, address } of instances.values()) if (state !== 'terminated') living.add(address);
  for (const { taken } of network.subnets) {
    for (const address of taken) if (!living.has(address)) taken.delete(address);
  }
}
