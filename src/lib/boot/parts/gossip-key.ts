import type { GossipKeySource } from '../options.js';
import { quoted } from '../quoted.js';

/** Fetches the gossip key with the instance's own permissions, into a file that Consul's group alone can read. */
export function gossipKey(source: GossipKeySource): string {
  if (source.kind === 'none') return '';
  return `
gossip_key_name=${quoted(source.name)}
fetch_gossip_key() { ${commands[source.kind]}; }
gossip_key=$(tries 6 fetch_gossip_key) || fail "the gossip key cannot be read from $gossip_key_name"
[[ $gossip_key =~ ^[A-Za-z0-9+/]{22,43}=*$ ]] || fail "what $gossip_key_name holds is no gossip key"
printf '{"encrypt": "%s"}\\n' "$gossip_key" > "$config_dir/zz-20-gossip-key.json"
unset gossip_key
`;
}

const commands = {
  ssm: 'aws ssm get-parameter --region "$region" --name "$gossip_key_name" --with-decryption --query Parameter.Value --output text',
  secretsmanager:
    'aws secretsmanager get-secret-value --region "$region" --secret-id "$gossip_key_name" --query SecretString --output text',
} as const;
