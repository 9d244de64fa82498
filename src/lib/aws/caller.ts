import type { CallerIdentity } from '../model/roll-context.js';
import type { Clients } from './clients.js';

/** The alias is for people: what is not read within this is left out. */
const ALIAS_TIMEOUT_MS = 2_000;

/** Who calls AWS, and where; see `Cloud.readCaller`. */
export async function readCaller({ sts, loadIam }: Clients): Promise<CallerIdentity> {
  const [{ Account = '', Arn = '' }, region, alias] = await Promise.all([
    sts.getCallerIdentity({}),
    sts.config.region(),
    readAlias(loadIam),
  ]);
  return { account: Account, alias, region, arn: Arn };
}

/** An account has one alias at most. Undefined for any failure: few callers may read it, and few networks reach IAM. */
async function readAlias(loadIam: Clients['loadIam']): Promise<string | undefined> {
  try {
    const iam = await loadIam();
    const { AccountAliases = [] } = await iam.listAccountAliases(
      {},
      { abortSignal: AbortSignal.timeout(ALIAS_TIMEOUT_MS) },
    );
    return AccountAliases[0];
  } catch {
    return undefined;
  }
}
