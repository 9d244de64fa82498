import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { isRefusedByAws } from './errors.js';

/**
 * Whose policies hold for a caller: the user itself, or the role of a session, with the role's path, which the name of
 * the session leaves out. Without the right to ask for it the role is taken to have none.
 */
export async function principalOf(iam: Pick<IAMClient, 'send'>, caller: string): Promise<string> {
  const [, partition, , , account, rest = ''] = caller.split(':');
  const [kind, role] = rest.split('/');
  if (kind !== 'assumed-role') return caller;
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
    if (Role?.Arn !== undefined) return Role.Arn;
  } catch (thrown) {
    if (!isRefusedByAws(thrown)) throw thrown;
  }
  return `arn:${partition}:iam::${account}:role/${role}`;
}
