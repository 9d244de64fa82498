import type { View } from './view.js';

/** Shows nothing. */
export const silentView: View = {
  handle: () => undefined,
  end: async () => undefined,
};
