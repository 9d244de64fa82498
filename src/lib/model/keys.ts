/** Keys of a roll in Consul's key-value store. */

export function sentinelKey(cluster: string): string {
  return `consul-roll/${cluster}/sentinel`;
}

export function lockKey(cluster: string): string {
  return `consul-roll/${cluster}/lock`;
}
