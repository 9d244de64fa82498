/**
 * Decides whether to bootstrap. With bootstrap_expect on replacements, servers that reach each other but not the old
 * ones would bootstrap a second, empty cluster whose health checks pass. So it is set only if no server can be in a
 * cluster yet. Between servers that start together Consul decides: one that meets a server with Raft peers only joins.
 */
export const BOOTSTRAP_GUARD = `
bootstrap_window=600
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
# The first servers start together. One that finds an older server, or one with Raft peers, is a replacement and only
# joins. Peers are read and not the leader: a cluster without a leader is still a cluster.
may_bootstrap() {
  local born other launched age
  born=$(tries 5 own_launch) && born=$(seconds "$born") || return 1
  while IFS=$'\\t' read -r other launched; do
    [ -n "$other" ] || continue
    age=$(seconds "$launched") || return 1
    if [ "$((born - age))" -gt "$bootstrap_window" ]; then
      log "$other was there before: this server only joins"
      return 1
    fi
    if [[ $(get "http://$other:8500/v1/status/peers" 2> /dev/null) == '["'* ]]; then
      log "$other is in a cluster: this server only joins"
      return 1
    fi
  done <<< "$others"
}
may_bootstrap || bootstrap_expect=0
`;
