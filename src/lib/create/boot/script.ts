import { BOOTSTRAP_GUARD } from '../../engine/observe/bootstrap-guard.js';
import {
  BOOT_DEFAULTS,
  type BootOptions,
  type BootTag,
  buildAutoJoinPrefix,
  buildCommonConfig,
  buildInstanceFilters,
  type GossipKeySource,
  needsInstanceList,
  quoteForShell,
} from './options.js';

/** The boot script, for bash 4.2 and later. Options are quoted words or JSON in it, so that nothing in them is run. */
export function renderBootScript(options: BootOptions): string {
  return [
    PROLOGUE_PART,
    renderVariables(options),
    LOGGING_PART,
    METADATA_PART,
    ...renderTagCheck(options),
    ...renderDiscovery(options),
    RESET_STATE_PART,
    renderGossipKey(options.gossipKey),
    renderCommonConfig(options),
    INSTANCE_CONFIG_PART,
    START_CONSUL_PART,
  ].join('');
}

/**
 * The boot script that `consul-roll user-data` writes for servers with this tag.
 *
 * @param bootstrapExpect how many servers bootstrap the cluster; 0 if all of them only join
 * @param extraConfig settings of Consul beside its own
 */
export function renderDefaultBootScript(
  tag: BootTag,
  bootstrapExpect: number,
  extraConfig: BootOptions['extraConfig'] = {},
): string {
  return renderBootScript({
    ...BOOT_DEFAULTS,
    tags: [tag],
    retryJoin: [],
    bootstrapExpect,
    datacenter: undefined,
    extraConfig,
    gossipKey: { kind: 'none' },
  });
}

function renderVariables({ configDir, dataDir, bootstrapExpect }: BootOptions): string {
  return `
config_dir=${quoteForShell(configDir)}
data_dir=${quoteForShell(dataDir)}
bootstrap_expect=${bootstrapExpect}
`;
}

/** The metadata service serves only tags with such keys. */
const READABLE_TAG_KEY = /^[\w.:@=+,-]+$/;

function renderTagCheck({ tags }: BootOptions): string[] {
  const tag = tags.find(({ key }) => READABLE_TAG_KEY.test(key));
  if (tag === undefined) return [];
  return [`\ntag_key=${quoteForShell(tag.key)}\ntag_value=${quoteForShell(tag.value)}`, OWN_TAGS_PART];
}

function renderDiscovery(options: BootOptions): string[] {
  const { peers, tags, retryJoin, bootstrapExpect } = options;
  const described = peers === 'describe-instances';
  const listed = needsInstanceList(options)
    ? [
        `\nfilters=${quoteForShell(buildInstanceFilters(tags))}`,
        LIST_SERVERS_PART,
        described ? REQUIRE_SERVER_LIST_PART : OPTIONAL_SERVER_LIST_PART,
      ]
    : [];
  const bootstrap = bootstrapExpect > 0 ? [BOOTSTRAP_GUARD] : [];
  const [tag] = tags;
  const found =
    described || tag === undefined
      ? JOIN_LISTED_SERVERS_PART
      : `joins ${quoteForShell(buildAutoJoinPrefix(tag))}"$region\\""\n`;
  const fixed = retryJoin.map((entry) => `joins ${quoteForShell(JSON.stringify(entry))}\n`);
  return [...listed, ...bootstrap, JOIN_FUNCTIONS_PART, found, ...fixed];
}

/** No line of JSON can be the word that ends the here-document. */
function renderCommonConfig(options: BootOptions): string {
  return `
cat > "$config_dir/zz-10-consul-roll.json" << 'CONSUL_ROLL'
${JSON.stringify(buildCommonConfig(options), undefined, 2)}
CONSUL_ROLL
`;
}

/** Fetches the gossip key with the permissions of the instance, into a file that only Consul's group can read. */
function renderGossipKey(source: GossipKeySource): string {
  if (source.kind === 'none') return '';
  return `
gossip_key_name=${quoteForShell(source.name)}
fetch_gossip_key() { ${GOSSIP_KEY_COMMANDS[source.kind]}; }
gossip_key=$(tries 6 fetch_gossip_key) || fail "the gossip key cannot be read from $gossip_key_name"
[[ $gossip_key =~ ^[A-Za-z0-9+/]{22,43}=*$ ]] || fail "$gossip_key_name does not contain a gossip key"
printf '{"encrypt": "%s"}\\n' "$gossip_key" > "$config_dir/zz-20-gossip-key.json"
unset gossip_key
`;
}

const GOSSIP_KEY_COMMANDS = {
  ssm: 'aws ssm get-parameter --region "$region" --name "$gossip_key_name" --with-decryption --query Parameter.Value --output text',
  secretsmanager:
    'aws secretsmanager get-secret-value --region "$region" --secret-id "$gossip_key_name" --query SecretString --output text',
} as const;

/** Reads facts from IMDSv2. Each must match a pattern, so that it can be written into JSON unquoted. */
const METADATA_PART = `
metadata="\${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest"
get() { curl --silent --show-error --fail --noproxy '*' --connect-timeout 2 --max-time 5 "$@"; }
new_token() { get --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$metadata/api/token"; }
read_metadata() { get --header "X-aws-ec2-metadata-token: $token" "$metadata/$1"; }
# fact PATH PATTERN: one fact about this instance; what does not look like it is refused.
fact() {
  local value
  value=$(tries 5 read_metadata "meta-data/$1") || fail "the metadata service does not say $1"
  [[ $value =~ ^$2$ ]] || fail "the metadata service gave no $1 but: $value"
  printf '%s' "$value"
}

# The network may still be coming up.
token=$(tries 8 new_token) || fail "the metadata service gives no token"
ipv4='[0-9]{1,3}(\\.[0-9]{1,3}){3}'
instance_id=$(fact instance-id 'i-[0-9a-f]+')
address=$(fact local-ipv4 "$ipv4")
zone=$(fact placement/availability-zone '[a-z0-9-]+')
region=$(fact placement/region '[a-z0-9-]+')
log "$instance_id at $address in $zone"
hostnamectl set-hostname "consul-\${instance_id#i-}" || log "the host name stays as it is"
`;

/** Warns if the instance does not have the tag by which the others search, where it may read its tags. */
const OWN_TAGS_PART = `
if read_metadata meta-data/tags/instance > /dev/null 2>&1 &&
  [ "$(read_metadata "meta-data/tags/instance/$tag_key" 2> /dev/null || true)" != "$tag_value" ]; then
  log "warning: this instance has no tag $tag_key=$tag_value, so the others will not find it"
fi
`;

/** Lists the other servers with DescribeInstances. */
const LIST_SERVERS_PART = `
list_servers() {
  aws ec2 describe-instances --region "$region" --output text \\
    --cli-connect-timeout 5 --cli-read-timeout 20 --filters "$filters" \\
    --query 'Reservations[].Instances[].[InstanceId,PrivateIpAddress,LaunchTime]'
}
# One a line: address and launch time. An instance that is about to go has no address.
others_among() {
  local id other launched
  while IFS=$'\\t' read -r id other launched; do
    [ "$id" != "$instance_id" ] || continue
    [[ $other =~ ^$ipv4$ ]] || continue
    printf '%s\\t%s\\n' "$other" "$launched"
  done
}
`;

/** Fails without the list: there is no server to join. */
const REQUIRE_SERVER_LIST_PART = `
servers=$(tries 8 list_servers) ||
  fail "the instances cannot be listed: may the instance profile do ec2:DescribeInstances?"
others=$(others_among <<< "$servers")
`;

/** Without the list Consul finds the others by itself, but this server must not bootstrap. */
const OPTIONAL_SERVER_LIST_PART = `
if servers=$(tries 4 list_servers); then
  others=$(others_among <<< "$servers")
else
  log "the instances cannot be listed: this server only joins"
  bootstrap_expect=0
  others=''
fi
`;

/** Collects retry_join, as elements of a JSON list. */
const JOIN_FUNCTIONS_PART = `
join=''
joins() { join="$join\${join:+, }$1"; }
`;

/** Joins every address of the list. */
const JOIN_LISTED_SERVERS_PART = `while IFS=$'\\t' read -r other _; do
  [ -z "$other" ] || joins "\\"$other\\""
done <<< "$others"
`;

/** The beginning of every script; what differs between clusters follows, quoted. */
const PROLOGUE_PART = `#!/bin/bash
# Boots one server of a Consul cluster: finds the others, writes Consul's configuration, starts it.
# Made by "consul-roll user-data"; its docs/boot.md says what is done here and why. For an instance's first boot, as
# root; running it again is safe. Needs curl, systemd and consul, and aws where it calls it. It contains no secret.
# shellcheck disable=SC2016 # values stand in single quotes so that nothing in them is expanded
set -euo pipefail
export LC_ALL=C
umask 027
`;

/** Logging and retries. */
const LOGGING_PART = `
log() { printf 'consul-roll: %s\\n' "$*" >&2; }
fail() {
  log "$*"
  exit 1
}
gave_up() {
  local status=$?
  [ "$status" -eq 0 ] || log "the boot script gave up, exit $status"
}
trap gave_up EXIT

# tries NUMBER COMMAND...: until it works; the pauses double up to 16 s, and differ between instances.
tries() {
  local left=$1 pause=1
  shift
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep "$((pause + RANDOM % pause))"
    pause=$((pause < 16 ? pause * 2 : 16))
  done
}
`;

/**
 * Deletes the data of another instance: a file contains the instance id, so that an image with a data directory in it
 * starts clean, and a restarted voter keeps its Raft log.
 */
const RESET_STATE_PART = `
mark="$data_dir/.consul-roll-instance"
(umask 022 && mkdir -p "$config_dir" "$data_dir")
if [ -r "$mark" ] && [ "$(cat "$mark")" = "$instance_id" ]; then
  log "this instance has run before: its data stays"
else
  systemctl stop consul > /dev/null 2>&1 || true
  find "$data_dir" -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +
  printf '%s\\n' "$instance_id" > "$mark"
fi
`;

/**
 * The configuration of this server. bootstrap_expect is written even if it is 0, and retry_join even if it is empty,
 * to override files of the image: Consul reads files in the order of their names, and these are last.
 */
const INSTANCE_CONFIG_PART = `
cat > "$config_dir/zz-30-this-instance.json" << CONSUL_ROLL
{
  "node_name": "$instance_id",
  "bind_addr": "$address",
  "advertise_addr": "$address",
  "node_meta": {"availability_zone": "$zone"},
  "bootstrap_expect": $bootstrap_expect,
  "retry_join": [$join]
}
CONSUL_ROLL
`;

const START_CONSUL_PART = `
if id -u consul > /dev/null 2>&1; then
  chown -R consul:consul "$data_dir"
  chown -R root:consul "$config_dir"
fi
systemctl enable --now consul
log "Consul was started: expects $bootstrap_expect founders, joins [$join]"
`;
