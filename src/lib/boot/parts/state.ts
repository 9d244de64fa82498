/**
 * State of another machine goes, this one's stays: the mark names the instance, so that an image with a data directory
 * in it starts clean, and a voter that was restarted keeps its Raft log.
 */
export const clearing = `
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
 * What is this server's own. bootstrap_expect is written even when it is 0, and retry_join even when it is empty: the
 * image's own files may say otherwise. Consul reads files by name, and these come last.
 */
export const instanceConfig = `
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

/** The last step. */
export const starting = `
if id -u consul > /dev/null 2>&1; then
  chown -R consul:consul "$data_dir"
  chown -R root:consul "$config_dir"
fi
systemctl enable --now consul
log "Consul was started: expects $bootstrap_expect founders, joins [$join]"
`;
