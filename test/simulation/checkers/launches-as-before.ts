import { findLaunchedImage } from '../launches.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * own-image-only: the old group would launch nothing but its own image, whatever its template and the alias it names it by; in place,
 * nothing but that or the image of the roll.
 */
export function createLaunchSourceChecker(): Checker {
  let own: string | undefined;
  const after = (truth: Oracle): string | undefined => {
    const old = truth.group('old');
    if (old === undefined) return undefined;
    const image = findLaunchedImage(truth.state, old);
    own ??= image;
    return image === own || image === truth.inPlaceOnto
      ? undefined
      : `${old.name} would launch ${image ?? 'nothing'} and not ${own}`;
  };
  return { invariant: 'own-image-only', after };
}
