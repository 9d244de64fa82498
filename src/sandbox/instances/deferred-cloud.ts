import type { SandboxAws } from '../aws/sandbox-aws.js';
import type { Cloud } from '../interfaces.js';

/** The cloud as instances see it; the instances are there before it, but boot after it is connected. */
export interface DeferredCloud extends Cloud {
  connect(aws: SandboxAws, endpointUrl: string): void;
}

/** A cloud that is yet to be connected. */
export function createDeferredCloud(): DeferredCloud {
  let connected: { readonly aws: SandboxAws; readonly url: string } | undefined;
  const reached = () => {
    if (connected === undefined) throw new Error('an instance booted before there was a cloud');
    return connected;
  };
  return {
    connect: (aws, url) => {
      connected = { aws, url };
    },
    endpointUrl: () => reached().url,
    describeInstances: (input) => reached().aws.call('ec2', 'DescribeInstances', input),
  };
}
