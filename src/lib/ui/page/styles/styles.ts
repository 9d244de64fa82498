import { BASE } from './base.js';
import { COLOURS } from './colours.js';
import { PICTURE } from './picture.js';
import { STATES } from './states.js';
import { TABLES } from './tables.js';

/** All of the page's CSS. */
export const STYLES = [COLOURS, BASE, PICTURE, STATES, TABLES].join('');
