import type { GetConsoleOutputRequest, GetConsoleOutputResult } from '@aws-sdk/client-ec2';
import { requiredParameter } from '../fault.js';
import { now, type WorldState } from '../state.js';
import { instanceNamed } from './instances.js';

/** GetConsoleOutput: what the instance has said so far; a simulated server without a boot script says nothing. */
export function getConsoleOutput(state: WorldState, input: GetConsoleOutputRequest): GetConsoleOutputResult {
  const { instanceId } = instanceNamed(state, requiredParameter(input.InstanceId, 'InstanceId'));
  const text = state.machines.console?.(instanceId);
  return {
    InstanceId: instanceId,
    Timestamp: now(state),
    Output: text === undefined ? undefined : Buffer.from(text).toString('base64'),
  };
}
