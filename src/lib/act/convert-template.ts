import { markOf } from '../model/intent.js';
import type { Effect } from './effect.js';
import { unlessRefusedForGood } from './refused-for-good.js';

/** Makes a template of the other kind with what the old one says, and the new image. */
export const convertTemplate: Effect<'convert-template'> = ({ engine, intent }, { from, to, imageId }) =>
  unlessRefusedForGood(() => engine.cloud.convertTemplate(from, to, markOf(intent), imageId));
