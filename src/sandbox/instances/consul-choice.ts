import { resolve } from 'node:path';
import type { ConsulChoice } from './instance-set.js';

/** `auto`, `simulated`, or else the path of a program, from the working folder. */
export function parseConsulChoice(text: string): ConsulChoice {
  if (text === 'auto' || text === 'simulated') return { kind: text };
  return { kind: 'path', path: resolve(text) };
}
