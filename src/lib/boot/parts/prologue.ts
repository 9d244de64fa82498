/** How every script begins; what differs from cluster to cluster follows it, quoted. */
export const prologue = `#!/bin/bash
# Boots one server of a Consul cluster: finds the others, writes Consul's configuration, starts it.
# Made by "consul-roll user-data"; its docs/boot.md says what is done here and why. For an instance's first boot, as
# root; running it again is safe. Needs curl, systemd and consul, and aws where it calls it. There is no secret in it.
# shellcheck disable=SC2016 # values stand in single quotes so that nothing in them is expanded
set -euo pipefail
export LC_ALL=C
umask 027
`;

/** How the script speaks and tries again. */
export const speech = `
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
