#!/bin/bash
# Runs on the instance that becomes the image: installs Consul and its service, and leaves nothing that would make two
# instances of this image the same server. CONSUL_VERSION, CONSUL_SHA256 and CONSUL_ARCH come from the template.
set -euo pipefail

archive="consul_${CONSUL_VERSION}_linux_${CONSUL_ARCH}.zip"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for tool in aws curl systemctl unzip; do
  command -v "$tool" > /dev/null || sudo dnf install --quiet --assumeyes "${tool/#aws/awscli}"
done

curl --fail --silent --show-error --location --retry 5 --output "$archive" \
  "https://releases.hashicorp.com/consul/${CONSUL_VERSION}/${archive}"
printf '%s  %s\n' "$CONSUL_SHA256" "$archive" | sha256sum --check --status ||
  { echo "$archive is not the file that consul_sha256 names" >&2; exit 1; }
unzip -q -o "$archive" consul
sudo install --owner root --group root --mode 0755 consul /usr/local/bin/consul

id -u consul > /dev/null 2>&1 ||
  sudo useradd --system --home-dir /var/lib/consul --no-create-home --shell /usr/sbin/nologin consul
sudo install --directory --owner root --group consul --mode 0750 /etc/consul.d
sudo install --directory --owner consul --group consul --mode 0750 /var/lib/consul

# Not enabled: the boot script does that, when there is a configuration.
sudo install --owner root --group root --mode 0644 /tmp/consul.service /etc/systemd/system/consul.service
sudo rm -f /tmp/consul.service
sudo systemctl daemon-reload
/usr/local/bin/consul version

# No data, no node id, no host key, no machine id and no trace of this first boot goes into the image.
sudo find /var/lib/consul -mindepth 1 -delete
sudo cloud-init clean --logs --seed
sudo truncate --size 0 /etc/machine-id
sudo find /etc/ssh -name 'ssh_host_*' -delete
