import { STATE_KINDS, type StateKind } from '../../model/comparison.js';
import type { DoctorInput } from '../../model/doctor.js';
import { type Check, defineDoctorCheck, fail, pass, toCheckId, unknown, warn } from './check.js';

/** A check for each ACL rule that a roll needs; one check where ACLs are off. */
export function buildAclChecks(input: DoctorInput): readonly Check[] {
  const about = 'The ACL rules that the token needs, proved by requests without an effect.';
  const subject = 'ACL token';
  if (areAclsOff(input)) {
    const run = () => pass('none needed, ACLs are off');
    return [defineDoctorCheck({ id: 'acl-rules', subject, about, run, remedy: '' })];
  }
  return input.aclPermissions.map(({ rule, purpose, isGranted, why }) =>
    defineDoctorCheck({
      id: toCheckId(`acl-${rule}`),
      subject,
      about,
      run: () => {
        if (isGranted === undefined) return unknown(`${why}`, `check that the token has ${rule}, for ${purpose}`);
        return isGranted ? pass(`has ${rule}, for ${purpose}`) : fail(`lacks ${rule}, for ${purpose}`);
      },
      remedy: `give the token in CONSUL_HTTP_TOKEN a policy with ${rule}`,
    }),
  );
}

/** The rule that reads all of a kind of state. */
const STATE_RULES: Readonly<Record<StateKind, string>> = {
  keys: 'key_prefix "" read',
  nodes: 'node_prefix "" read',
  services: 'service_prefix "" read',
  aclTokens: 'acl = "read"',
  aclPolicies: 'acl = "read"',
  configEntries: 'service_prefix "" read',
  queries: 'query_prefix "" read',
  intentions: 'service_prefix "" read with intentions = "read"',
};

export const stateReadableCheck: Check = defineDoctorCheck<string>({
  id: 'state-readable',
  subject: 'ACL token',
  about:
    "Before a new server may lead, its state is compared with the leader's, by the names of keys, nodes, services, ACL tokens and policies, config entries, prepared queries and intentions. Consul leaves out what the token may not read: that is not compared, and the roll warns about it.",
  run: ({ hiddenState }) => {
    if (hiddenState.length === 0) return pass('reads all state, so that all of a new server is compared');
    const rules = [...new Set(hiddenState.map((kind) => STATE_RULES[kind]))].join(', ');
    const extent = hiddenState.length === STATE_KINDS.length ? 'nothing' : 'not everything';
    return warn(`lacks ${rules}: ${extent} in the state of a new server is compared with the leader's`, rules);
  },
  remedy: (rules) => `give the token in CONSUL_HTTP_TOKEN a policy with ${rules}`,
});

export function areAclsOff({ settings }: DoctorInput): boolean {
  const reported = Object.values(settings).flatMap(({ aclsEnabled }) => aclsEnabled ?? []);
  return reported.length > 0 && reported.every((enabled) => !enabled);
}
