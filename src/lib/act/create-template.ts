import type { Effect } from './effect.js';
import { unlessRefusedForGood } from './refused-for-good.js';

/** Copies the launch configuration with the new image. Its name is unique, so two rolls cannot both make it. */
export const createTemplate: Effect<'create-template'> = ({ engine }, { from, name, imageId }) =>
  unlessRefusedForGood(() => engine.cloud.createTemplate(from, name, imageId));
