import { ACL_NEEDS, type AclCommand, type AclRule } from '../model/acl.js';
import { buildClusterKey, buildEarlierClusterKey } from '../model/cluster-name.js';
import { stringifyPrintable } from '../model/printable.js';

/** What an ACL policy is limited to. */
interface AclBounds {
  /** Undefined for the keys of every cluster. */
  readonly cluster: string | undefined;
  /** The beginning of the node names of all servers, old and new; empty for every node. */
  readonly nodePrefix: string;
  /** False if the snapshot is taken with another token. */
  readonly snapshot: boolean;
}

interface AclPolicyRule {
  readonly rule: AclRule;
  readonly purpose: string;
  readonly without?: string;
}

/** The rules that these commands need, each kind of resource once, with the access that includes the others. */
export function listAclRules(commands: readonly AclCommand[], bounds: AclBounds): readonly AclPolicyRule[] {
  const names = Object.keys(ACL_NEEDS) as AclRule[];
  const needed = names.filter((rule) => {
    const users: readonly AclCommand[] = ACL_NEEDS[rule].usedBy;
    const isTakenElsewhere = rule === 'acl:write' && !bounds.snapshot && !commands.includes('snapshot');
    return !isTakenElsewhere && commands.some((command) => users.includes(command));
  });
  const isIncluded = (rule: AclRule) => rule.endsWith(':read') && needed.some((one) => one === toWrite(rule));
  return needed.filter((rule) => !isIncluded(rule)).map((rule) => ({ rule, ...ACL_NEEDS[rule] }));
}

function toWrite(rule: AclRule): string {
  return rule.replace(':read', ':write');
}

/** The rules as Consul reads them in JSON. Source: "Rule specification" of Consul's ACL reference. */
export function buildAclDocument(rules: readonly AclPolicyRule[], bounds: AclBounds): Record<string, unknown> {
  return Object.fromEntries(
    rules.map(({ rule }) => {
      const { block, prefix, policy } = toHclRule(rule, bounds);
      const earlier = block === 'key_prefix' ? findEarlierPrefix(bounds) : undefined;
      const also = earlier === undefined ? {} : { [earlier]: { policy: 'read' } };
      return [block, prefix === undefined ? policy : { [prefix]: { policy }, ...also }];
    }),
  );
}

/** The same in HCL, with the purpose of each rule before it. Ends in a line break. */
export function formatAclPolicy(rules: readonly AclPolicyRule[], bounds: AclBounds): string {
  return rules
    .map(({ rule, purpose, without }) => {
      const { block, prefix, policy } = toHclRule(rule, bounds);
      const body =
        prefix === undefined ? `${block} = "${policy}"` : `${block} ${quote(prefix)} { policy = "${policy}" }`;
      const earlier = block === 'key_prefix' ? findEarlierPrefix(bounds) : undefined;
      const also = earlier === undefined ? '' : `\n${block} ${quote(earlier)} { policy = "read" }`;
      const optional = without === undefined ? '' : `; optional: without it ${without}`;
      return `# ${purpose}${optional}\n${body}${also}\n`;
    })
    .join('\n');
}

/** What a policy allows beyond one cluster, and how to limit it. */
export function listAclWarnings(rules: readonly AclPolicyRule[], bounds: AclBounds): readonly string[] {
  const has = (kind: string) => rules.some(({ rule }) => rule.startsWith(`${kind}:`));
  return [
    ...(has('agent') && bounds.nodePrefix === ''
      ? ['agent_prefix "" allows any agent, clients too: limit it with --node-prefix.']
      : []),
    ...(has('key') && bounds.cluster === undefined
      ? ['key_prefix "consul-roll/" allows the keys of every cluster: limit it with --cluster.']
      : []),
    ...(rules.some(({ rule }) => rule === 'acl:write')
      ? [
          'acl = "write" allows everything, because its owner can create any token. Consul asks for it to take a snapshot. A token of its own for that: --without-snapshot here, and CONSUL_ROLL_SNAPSHOT_TOKEN for the roll.',
        ]
      : []),
  ];
}

/** A rule as it is written: a block with a prefix, or a single word where Consul has one resource of the kind. */
function toHclRule(
  rule: AclRule,
  { cluster, nodePrefix }: AclBounds,
): { readonly block: string; readonly prefix: string | undefined; readonly policy: string } {
  const [kind = '', policy = ''] = rule.split(':');
  switch (kind) {
    case 'agent':
      return { block: 'agent_prefix', prefix: nodePrefix, policy };
    case 'key':
      return { block: 'key_prefix', prefix: buildKeyPrefix(cluster), policy };
    case 'node':
    case 'service':
    case 'query':
      return { block: `${kind}_prefix`, prefix: '', policy };
    default:
      return { block: kind, prefix: undefined, policy };
  }
}

function buildKeyPrefix(cluster: string | undefined): string {
  return cluster === undefined ? 'consul-roll/' : buildClusterKey(cluster, 'lock').replace(/lock$/, '');
}

/** Where an earlier build wrote the keys of the cluster: they are read, so that two builds do not roll it at once. */
function findEarlierPrefix({ cluster }: AclBounds): string | undefined {
  return cluster === undefined ? undefined : buildEarlierClusterKey(cluster, 'lock')?.replace(/lock$/, '');
}

/** A string of HCL. `${` would begin an interpolation. */
function quote(text: string): string {
  return stringifyPrintable(text).replaceAll('$', '\\u0024');
}
