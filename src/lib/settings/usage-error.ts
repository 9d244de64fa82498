import { RollError } from '../errors.js';
import { EXIT } from '../outcomes.js';

/** A flag or a variable of the environment that cannot be used: exit 2, nothing was changed. */
export function usageError(message: string, next: string): RollError {
  return new RollError({ code: 'bad-usage', message, exitCode: EXIT.usage, next });
}
