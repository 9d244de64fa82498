#!/bin/bash
# Boots one server of a Consul cluster: finds the others, writes Consul's configuration, starts it.
# Made by "consul-roll user-data"; its docs/boot.md says what is done here and why. For an instance's first boot, as
# root; running it again is safe. Needs curl, systemd and consul, and aws where it calls it. There is no secret in it.
# shellcheck disable=SC2016 # values stand in single quotes so that nothing in them is expanded
set -euo pipefail
export LC_ALL=C
umask 027

config_dir='/etc/consul.d'
data_dir='/var/lib/consul'
bootstrap_expect=0

log() { printf 'consul-roll: %s\n' "$*" >&2; }
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

metadata="${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest"
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
ipv4='[0-9]{1,3}(\.[0-9]{1,3}){3}'
instance_id=$(fact instance-id 'i-[0-9a-f]+')
address=$(fact local-ipv4 "$ipv4")
zone=$(fact placement/availability-zone '[a-z0-9-]+')
region=$(fact placement/region '[a-z0-9-]+')
log "$instance_id at $address in $zone"
hostnamectl set-hostname "consul-${instance_id#i-}" || log "the host name stays as it is"

tag_key='Name'
tag_value='consul'
if read_metadata meta-data/tags/instance > /dev/null 2>&1 &&
  [ "$(read_metadata "meta-data/tags/instance/$tag_key" 2> /dev/null || true)" != "$tag_value" ]; then
  log "warning: this instance has no tag $tag_key=$tag_value, so the others will not find it"
fi

join=''
joins() { join="$join${join:+, }$1"; }
joins '"provider=aws tag_key=Name tag_value=consul region='"$region\""

mark="$data_dir/.consul-roll-instance"
(umask 022 && mkdir -p "$config_dir" "$data_dir")
if [ -r "$mark" ] && [ "$(cat "$mark")" = "$instance_id" ]; then
  log "this instance has run before: its data stays"
else
  systemctl stop consul > /dev/null 2>&1 || true
  find "$data_dir" -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +
  printf '%s\n' "$instance_id" > "$mark"
fi

gossip_key_name='/consul/key'
fetch_gossip_key() { aws ssm get-parameter --region "$region" --name "$gossip_key_name" --with-decryption --query Parameter.Value --output text; }
gossip_key=$(tries 6 fetch_gossip_key) || fail "the gossip key cannot be read from $gossip_key_name"
[[ $gossip_key =~ ^[A-Za-z0-9+/]{22,43}=*$ ]] || fail "what $gossip_key_name holds is no gossip key"
printf '{"encrypt": "%s"}\n' "$gossip_key" > "$config_dir/zz-20-gossip-key.json"
unset gossip_key

cat > "$config_dir/zz-10-consul-roll.json" << 'CONSUL_ROLL'
{
  "server": true,
  "data_dir": "/var/lib/consul",
  "client_addr": "0.0.0.0",
  "performance": {
    "raft_multiplier": 1
  },
  "retry_interval": "5s"
}
CONSUL_ROLL

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

if id -u consul > /dev/null 2>&1; then
  chown -R consul:consul "$data_dir"
  chown -R root:consul "$config_dir"
fi
systemctl enable --now consul
log "Consul was started: expects $bootstrap_expect founders, joins [$join]"
