import type { AwsState } from '../../../src/sandbox/aws/state.js';

const [FIRST_HOST, LAST_HOST] = [4, 254];

/** Takes every free address. */
export function takeAddresses({ network }: AwsState): void {
  for (const { taken, prefix } of network.subnets) {
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
