import type { Origin } from '../../model/setting.js';

/** Where a setting comes from, as a person would look it up; `nameOf` says how a file is called here. */
export function describeOrigin(origin: Origin, nameOf: (path: string) => string): string {
  switch (origin.kind) {
    case 'flag':
      return origin.flag;
    case 'variable':
      return origin.name;
    case 'file': {
      const at = `${nameOf(origin.file)}:${origin.line}`;
      return origin.cluster === undefined ? at : `${at}, for ${origin.cluster}`;
    }
    case 'default':
      return 'default';
  }
}
