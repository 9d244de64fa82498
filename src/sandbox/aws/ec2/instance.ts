import type { InstanceRecord } from '../records.js';

/** Whether the instance still has its address and its processes. */
export function isAlive(instance: InstanceRecord): boolean {
  return instance.state === 'pending' || instance.state === 'running';
}
