import { messageOf, RollError } from '../../errors.js';
import { EXIT } from '../../outcomes.js';
import { isAwsError, isRefusedByAws } from '../errors.js';

const TAKEN = [
  'AlreadyExists',
  'AlreadyExistsFault',
  'DuplicateLoadBalancerName',
  'DuplicateAccessPointNameException',
  'InvalidLaunchTemplateName.AlreadyExistsException',
];
/** What is quoted when AWS refuses a value, and would show user data. */
const SHOWN_OF_SECRET = 64;

/**
 * Makes something; where AWS refuses it, says which it was, in AWS's words.
 *
 * @param secret must not be quoted, as AWS may do with a value it refuses
 */
export async function refusedByAws<Made>(
  what: string,
  make: () => Promise<Made>,
  secret = '',
): Promise<Made> {
  try {
    return await make();
  } catch (thrown) {
    if (thrown instanceof RollError)
      throw thrown.code === 'launch-configurations-refused' ? asKey(thrown) : thrown;
    if (!isRefusedByAws(thrown)) throw thrown;
    const taken = isAwsError(thrown, ...TAKEN);
    const said = messageOf(thrown);
    const quotes = secret !== '' && said.includes(secret.slice(0, SHOWN_OF_SECRET));
    throw new RollError({
      code: taken ? 'made-meanwhile' : 'resource-refused',
      message: `AWS did not make ${what}: ${quotes ? 'it refuses its user data' : said}`,
      exitCode: EXIT.refused,
      state: 'What was made before it stays, and is found again.',
      next: taken
        ? 'run the same command again: it looks at what is there'
        : 'mend the cluster file, then run the same command again: it carries on from what it finds',
    });
  }
}

/** What is a flag of a roll is a key of the cluster file. */
function asKey({ code, message, exitCode, state }: RollError): RollError {
  return new RollError({
    code,
    message,
    exitCode,
    state,
    next: 'write launchFrom: launch-template into the file',
  });
}
