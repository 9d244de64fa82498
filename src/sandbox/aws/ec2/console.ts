import type { GetConsoleOutputRequest, GetConsoleOutputResult } from '@aws-sdk/client-ec2';
import { AwsFault, requireParameter } from '../fault.js';
import { type AwsState, currentDate } from '../state.js';
import { getInstance } from './instances.js';

/** EC2 keeps this much, the latest. */
const KEPT_BYTES = 64 * 1024;
/** The families before the Nitro System, of which the latest cannot be asked. */
const BEFORE_NITRO = /^(?:[cmr][1-4]|t[12]|i[23]|d2|g[23]|p[23]|x1e?|h1|f1)\./;

/** GetConsoleOutput: what the instance has written so far; a simulated server without a boot script writes nothing. */
export function getConsoleOutput(state: AwsState, input: GetConsoleOutputRequest): GetConsoleOutputResult {
  const { instanceId, spec } = getInstance(state, requireParameter(input.InstanceId, 'InstanceId'));
  if (input.Latest === true && BEFORE_NITRO.test(spec.instanceType)) {
    throw new AwsFault(
      'UnsupportedOperation',
      'This instance type does not support retrieving the latest console logs. ',
    );
  }
  const text = state.instanceBackend.console?.(instanceId);
  return {
    InstanceId: instanceId,
    Timestamp: currentDate(state),
    Output: text === undefined ? undefined : Buffer.from(text).subarray(-KEPT_BYTES).toString('base64'),
  };
}
