import { dirname } from 'node:path';
import type { Hook } from '../model/hook.js';
import { millisecondsOf } from '../settings/duration.js';
import type { Chosen } from './choose.js';

/** The hooks that are set, to be run in the folder of the file that names them. */
export function hooksIn({ layer, file }: Chosen): readonly Hook[] {
  const folder = file === undefined ? '.' : dirname(file);
  return (layer.values.hooks ?? []).map(({ on, run, phases, timeout, 'on-failure': onFailure }) => ({
    on,
    run,
    phases,
    onFailure,
    timeoutMs: millisecondsOf(timeout) ?? 0,
    folder,
  }));
}
