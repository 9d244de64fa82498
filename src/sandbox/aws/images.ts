import type { SandboxImage } from '../interfaces.js';

/** The Consul version a simulated server of the older good image reports. */
const OLDER = '1.20.2';
/** The Consul version a simulated server of the newer images reports. */
const NEWER = '1.21.1';

/**
 * The machine images of the sandbox. The ids are fixed, so that a transcript or a saved command line keeps
 * working; each is made of digits that hint at the image, as far as hexadecimal allows.
 */
export const SANDBOX_IMAGES: readonly SandboxImage[] = [
  {
    imageId: 'ami-0c0515ea000000001',
    name: 'consul-v1',
    description: `Good: boots, Consul ${OLDER} starts and joins its peers`,
    behaviour: 'good',
    consulVersion: OLDER,
    bootMs: 12_000,
  },
  {
    imageId: 'ami-0c0515ea000000002',
    name: 'consul-v2',
    description: `Good: boots, Consul ${NEWER} starts and joins its peers`,
    behaviour: 'good',
    consulVersion: NEWER,
    bootMs: 12_000,
  },
  {
    imageId: 'ami-0c0515ea0000000b0',
    name: 'consul-broken',
    description: 'Broken: boots, but Consul never starts',
    behaviour: 'broken',
    consulVersion: NEWER,
    bootMs: 12_000,
  },
  {
    imageId: 'ami-0c0515ea0000000a1',
    name: 'consul-lonely',
    description: 'Lonely: Consul starts but joins no cluster; the load balancer health check passes anyway',
    behaviour: 'lonely',
    consulVersion: NEWER,
    bootMs: 12_000,
  },
  {
    imageId: 'ami-0c0515ea000000510',
    name: 'consul-slow',
    description: 'Slow: a good image whose Consul takes minutes to start',
    behaviour: 'slow',
    consulVersion: NEWER,
    bootMs: 12_000,
  },
  {
    imageId: 'ami-0c0515ea0000000c1',
    name: 'consul-crashloop',
    description: 'Crash loop: Consul starts and crashes again every few seconds',
    behaviour: 'crashloop',
    consulVersion: NEWER,
    bootMs: 12_000,
  },
  {
    imageId: 'ami-0c0515ea0000000f1',
    name: 'consul-founder',
    description: 'Founder: Consul bootstraps a cluster of its own, and joins its peers seconds later',
    behaviour: 'founder',
    consulVersion: NEWER,
    bootMs: 12_000,
  },
];

/**
 * The image of that name.
 *
 * @throws RangeError when the sandbox has no such image
 */
export function getImage(name: string): SandboxImage {
  const image = SANDBOX_IMAGES.find((candidate) => candidate.name === name);
  if (image === undefined) throw new RangeError(`the sandbox has no image named ${name}`);
  return image;
}
