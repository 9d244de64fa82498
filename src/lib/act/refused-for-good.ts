import { RollError } from '../errors.js';
import type { History } from '../model/survey.js';

/** The error of an account in which AWS makes no launch configuration, however often it is asked. */
const NO_CONFIGURATIONS = 'launch-configurations-refused';

/** Makes a template; where AWS will never make it in this account, that is remembered and decides what is next. */
export async function unlessRefusedForGood(make: () => Promise<void>): Promise<Partial<History> | undefined> {
  try {
    await make();
    return undefined;
  } catch (error) {
    if (!(error instanceof RollError) || error.code !== NO_CONFIGURATIONS) throw error;
    return { templateRefused: error.message };
  }
}
