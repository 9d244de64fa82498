import { findLaunchedImage } from '../launches.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * own-image-only: the old group launches its own image only, even through a version alias. In place it launches its own
 * image or that of the roll.
 */
export function createLaunchSourceChecker(): Checker {
  let own: string | undefined;
  const after = (oracle: Oracle): string | undefined => {
    const old = oracle.group('old');
    if (old === undefined) return undefined;
    const image = findLaunchedImage(oracle.state, old);
    own ??= image;
    return image === own || image === oracle.inPlaceOnto
      ? undefined
      : `${old.name} would launch ${image ?? 'nothing'} and not ${own}`;
  };
  return { invariant: 'own-image-only', after };
}
