import { BOOT_DEFAULTS } from '../lib/create/boot/options.js';
import { renderBootScript } from '../lib/create/boot/script.js';

/**
 * The boot script of the sandbox's own clusters, and of every instance that brings none: what `consul-roll user-data`
 * writes for servers with this tag.
 *
 * @param founders how many found the cluster; 0 where all of them only join
 */
export function buildDefaultUserData(
  tag: { readonly key: string; readonly value: string },
  founders: number,
): string {
  return renderBootScript({
    ...BOOT_DEFAULTS,
    tags: [tag],
    retryJoin: [],
    bootstrapExpect: founders,
    datacenter: undefined,
    extraConfig: {},
    gossipKey: { kind: 'none' },
  });
}
