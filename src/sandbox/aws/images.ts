import type { ImageBehaviour, SandboxImage } from '../interfaces.js';

/** The Consul version a simulated server of the older good image reports. */
const OLDER = '1.20.2';
/** The Consul version a simulated server of the newer images reports. */
const NEWER = '1.21.1';

const BOOT_MS = 12_000;

/** The good images are the oldest and the newest. */
const CREATED_MS: Readonly<Record<string, number>> = {
  'consul-v1': Date.UTC(2026, 0, 1),
  'consul-v2': Date.UTC(2026, 1, 1),
};
const OTHERS_CREATED_MS = Date.UTC(2026, 0, 15);

/** What each image does, by the Consul that is in it. */
const DESCRIPTIONS: Readonly<Record<ImageBehaviour, (version: string) => string>> = {
  good: (version) => `Good: boots, Consul ${version} starts and joins its peers`,
  broken: () => 'Broken: boots, but Consul never starts',
  lonely: () => 'Lonely: Consul starts but joins no cluster; the load balancer health check passes anyway',
  slow: () => 'Slow: a good image whose Consul takes minutes to start',
  crashloop: () => 'Crash loop: Consul starts and crashes again every few seconds',
  founder: () => 'Founder: Consul bootstraps a cluster of its own, and joins its peers seconds later',
  clone: () => 'Clone: made of a server that runs, whose Consul node id is still in its data folder',
  namesake: () => 'Namesake: a good image whose Consul has the node name of a server that runs',
  stuck: () => 'Stuck: a good image whose Consul refuses every request to leave (block_endpoints)',
};

/**
 * The machine images of the sandbox, with simulated servers. The ids are fixed, so that a transcript or a saved command
 * line keeps working; each is made of digits that hint at the image, as far as hexadecimal allows.
 */
export const SANDBOX_IMAGES: readonly SandboxImage[] = [
  makeImage('consul-v1', 'ami-0c0515ea000000001', 'good', OLDER),
  makeImage('consul-v2', 'ami-0c0515ea000000002', 'good', NEWER),
  makeImage('consul-broken', 'ami-0c0515ea0000000b0', 'broken', NEWER),
  makeImage('consul-lonely', 'ami-0c0515ea0000000a1', 'lonely', NEWER),
  makeImage('consul-slow', 'ami-0c0515ea000000510', 'slow', NEWER),
  makeImage('consul-crashloop', 'ami-0c0515ea0000000c1', 'crashloop', NEWER),
  makeImage('consul-founder', 'ami-0c0515ea0000000f1', 'founder', NEWER),
  makeImage('consul-clone', 'ami-0c0515ea00000c104', 'clone', NEWER),
  makeImage('consul-namesake', 'ami-0c0515ea0000a11a5', 'namesake', NEWER),
  makeImage('consul-stuck', 'ami-0c0515ea000000057', 'stuck', NEWER),
];

function makeImage(name: string, imageId: string, behaviour: ImageBehaviour, consulVersion: string): SandboxImage {
  const description = DESCRIPTIONS[behaviour](consulVersion);
  const createdAtMs = CREATED_MS[name] ?? OTHERS_CREATED_MS;
  return { imageId, name, description, behaviour, consulVersion, consulPath: undefined, bootMs: BOOT_MS, createdAtMs };
}

/** The image with a real Consul in it, described by the version which that one reports. */
export function withRealConsul(
  image: SandboxImage,
  consul: { readonly path: string; readonly version: string },
): SandboxImage {
  const description = DESCRIPTIONS[image.behaviour](consul.version);
  return { ...image, description, consulVersion: consul.version, consulPath: consul.path };
}

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
