/** The other servers, from DescribeInstances. */
export const listing = `
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

/** Without the list there is nobody to join. */
export const mustList = `
servers=$(tries 8 list_servers) ||
  fail "the instances cannot be listed: may the instance profile do ec2:DescribeInstances?"
others=$(others_among <<< "$servers")
`;

/** Without the list Consul finds the others by itself, but this server must not found anything. */
export const mayList = `
if servers=$(tries 4 list_servers); then
  others=$(others_among <<< "$servers")
else
  log "the instances cannot be listed: this server joins, and founds no cluster"
  bootstrap_expect=0
  others=''
fi
`;

/**
 * Who may found a cluster. With bootstrap_expect on a replacement, servers that reach each other but not the old ones
 * found a second, empty cluster, whose health checks pass: so it is written only where nobody can be in a cluster yet.
 * Between servers that start together, Consul's own check decides: who meets a server with Raft peers founds nothing.
 */
export const founding = `
founding_window=600
# seconds TIME: of a time in UTC, since the year 0, by the calendar that begins in March.
seconds() {
  local year month day hour minute second
  read -r year month day hour minute second _ <<< "\${1//[^0-9]/ }"
  [ -n "$second" ] || return 1
  month=$(((10#$month + 9) % 12))
  year=$((10#$year - month / 10))
  day=$((year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + 10#$day))
  printf '%s' "$((day * 86400 + 10#$hour * 3600 + 10#$minute * 60 + 10#$second))"
}
own_launch() {
  read_metadata dynamic/instance-identity/document | sed -n 's/.*"pendingTime" *: *"\\([^"]*\\)".*/\\1/p'
}
# Founders start together. Who finds an older server, or one with Raft peers, is a replacement and joins. Not who
# leads is asked: a cluster that has just lost its leader is one all the same.
may_found() {
  local born other launched age
  born=$(tries 5 own_launch) && born=$(seconds "$born") || return 1
  while IFS=$'\\t' read -r other launched; do
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
`;

/** What goes into retry_join, as elements of a JSON list. */
export const joining = `
join=''
joins() { join="$join\${join:+, }$1"; }
`;

/** Every address of the list. */
export const joinListed = `while IFS=$'\\t' read -r other _; do
  [ -z "$other" ] || joins "\\"$other\\""
done <<< "$others"
`;
