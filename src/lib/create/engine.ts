import type { Engine } from '../engine.js';
import type { Creation } from '../ports/creation.js';

/** What `create` needs of the outside. */
export interface CreationEngine extends Engine {
  readonly creation: Creation;
}
