import type { GetConsoleOutputRequest, GetConsoleOutputResult } from '@aws-sdk/client-ec2';
import { requireParameter } from '../fault.js';
import { type AwsState, currentDate } from '../state.js';
import { getInstance } from './instances.js';

/** GetConsoleOutput: what the instance has written so far; a simulated server without a boot script writes nothing. */
export function getConsoleOutput(state: AwsState, input: GetConsoleOutputRequest): GetConsoleOutputResult {
  const { instanceId } = getInstance(state, requireParameter(input.InstanceId, 'InstanceId'));
  const text = state.instanceBackend.console?.(instanceId);
  return {
    InstanceId: instanceId,
    Timestamp: currentDate(state),
    Output: text === undefined ? undefined : Buffer.from(text).toString('base64'),
  };
}
