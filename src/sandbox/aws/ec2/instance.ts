import type { InstanceRecord } from '../records.js';

/** Whether the instance holds its address and its machine still. */
export function isAlive(instance: InstanceRecord): boolean {
  return instance.state === 'pending' || instance.state === 'running';
}
