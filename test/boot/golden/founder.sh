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
bootstrap_expect=5

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

filters='[{"Name":"tag:Name","Values":["consul"]},{"Name":"instance-state-name","Values":["pending","running"]}]'
list_servers() {
  aws ec2 describe-instances --region "$region" --output text \
    --cli-connect-timeout 5 --cli-read-timeout 20 --filters "$filters" \
    --query 'Reservations[].Instances[].[InstanceId,PrivateIpAddress,LaunchTime]'
}
# One a line: address and launch time. An instance that is about to go has no address.
others_among() {
  local id other launched
  while IFS=$'\t' read -r id other launched; do
    [ "$id" != "$instance_id" ] || continue
    [[ $other =~ ^$ipv4$ ]] || continue
    printf '%s\t%s\n' "$other" "$launched"
  done
}

servers=$(tries 8 list_servers) ||
  fail "the instances cannot be listed: may the instance profile do ec2:DescribeInstances?"
others=$(others_among <<< "$servers")

founding_window=600
# seconds TIME: of a time in UTC, since the year 0, by the calendar that begins in March.
seconds() {
  local year month day hour minute second
  read -r year month day hour minute second _ <<< "${1//[^0-9]/ }"
  [ -n "$second" ] || return 1
  month=$(((10#$month + 9) % 12))
  year=$((10#$year - month / 10))
  day=$((year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + 10#$day))
  printf '%s' "$((day * 86400 + 10#$hour * 3600 + 10#$minute * 60 + 10#$second))"
}
own_launch() {
  read_metadata dynamic/instance-identity/document | sed -n 's/.*"pendingTime" *: *"\([^"]*\)".*/\1/p'
}
# Founders start together. Who finds an older server, or one with Raft peers, is a replacement and joins. Not who
# leads is asked: a cluster that has just lost its leader is one all the same.
may_found() {
  local born other launched age
  born=$(tries 5 own_launch) && born=$(seconds "$born") || return 1
  while IFS=$'\t' read -r other launched; do
    [ -n "$other" ] || continue
    age=$(seconds "$launched") || return 1
    if [ "$((born - age))" -gt "$founding_window" ]; then
      log "$other was there before: this server joins, and founds none"
      return 1
    fi
    if [[ $(get "http://$other:8500/v1/status/peers" 2> /dev/null) == '["'* ]]; then
      log "$other is in a cluster: this server joins, and founds none"
      return 1
    fi
  done <<< "$others"
}
may_found || bootstrap_expect=0

join=''
joins() { join="$join${join:+, }$1"; }
while IFS=$'\t' read -r other _; do
  [ -z "$other" ] || joins "\"$other\""
done <<< "$others"

mark="$data_dir/.consul-roll-instance"
(umask 022 && mkdir -p "$config_dir" "$data_dir")
if [ -r "$mark" ] && [ "$(cat "$mark")" = "$instance_id" ]; then
  log "this instance has run before: its data stays"
else
  systemctl stop consul > /dev/null 2>&1 || true
  find "$data_dir" -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +
  printf '%s\n' "$instance_id" > "$mark"
fi

cat > "$config_dir/zz-10-consul-roll.json" << 'CONSUL_ROLL'
{
  "server": true,
  "datacenter": "eu",
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
