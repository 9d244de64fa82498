import type { Image } from '../story/story.js';

/** An image by its id and its name, as far as they are known. */
export function imageWords({ id, name }: Image, unknown: string): string {
  return id === undefined ? unknown : [id, name && `(${name})`].filter(Boolean).join(' ');
}
