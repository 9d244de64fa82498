import type { World } from './aws/world.js';
import type { Cloud } from './seams.js';

/** The cloud as instances see it; the instances are there before it, but boot after it is connected. */
export interface LateCloud extends Cloud {
  connect(world: World, endpointUrl: string): void;
}

/** A cloud that is yet to be connected. */
export function createCloud(): LateCloud {
  let connected: { readonly world: World; readonly url: string } | undefined;
  const reached = () => {
    if (connected === undefined) throw new Error('an instance booted before there was a cloud');
    return connected;
  };
  return {
    connect: (world, url) => {
      connected = { world, url };
    },
    endpointUrl: () => reached().url,
    describeInstances: (input) => reached().world.call('ec2', 'DescribeInstances', input),
  };
}
