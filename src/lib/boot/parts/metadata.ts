/**
 * What the instance knows of itself, from the metadata service, version 2: a token first. Every fact is held against
 * a pattern, so that it can be written into JSON as it is.
 */
export const metadata = `
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

/** Where an instance may read its own tags, it says when the others will not find it by them. */
export const ownTags = `
if read_metadata meta-data/tags/instance > /dev/null 2>&1 &&
  [ "$(read_metadata "meta-data/tags/instance/$tag_key" 2> /dev/null || true)" != "$tag_value" ]; then
  log "warning: this instance has no tag $tag_key=$tag_value, so the others will not find it"
fi
`;
