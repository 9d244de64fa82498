import type { FaultySandbox } from './faulty-sandbox.js';

/** Addresses of the servers that boot from an image of this name, oldest first. */
export function listServersOnImage({ specs }: FaultySandbox, image: string): readonly string[] {
  return [...specs.values()].filter((spec) => spec.image.name === image).map(({ address }) => address);
}

/** Address of the server that leads now. */
export function getLeaderAddress({ specs, network }: FaultySandbox): string {
  const addresses = [...specs.values()].map(({ address }) => address);
  const leading = addresses.find((address) => {
    const named = network.leader(address);
    return named.ok && named.value === `${address}:8300`;
  });
  if (leading === undefined) throw new Error('there is no leader');
  return leading;
}
