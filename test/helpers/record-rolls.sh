#!/usr/bin/env bash
# Records the rolls of test/fixtures/rolls again, with the program itself on simulated servers. Run it after events change.
set -uo pipefail
cd "$(dirname "$0")/../.."
rolls=test/fixtures/rolls
port=4688
ami=ami-0c0515ea000000002
snapshots=$(mktemp -d)
trap 'node bin/run.js sandbox down --port $port >/dev/null 2>&1; rm -rf "$snapshots"' EXIT
rm -f "$rolls"/*.ndjson

demo() { node bin/run.js demo --consul simulated --speed 10 --size 3 --output quiet --events "$rolls/$1.ndjson" "${@:2}" >/dev/null; }
# Waits until a roll has reached this point.
wait_for_event() { until grep -qs "$2" "$rolls/$1.ndjson"; do sleep 0.2; done; }

demo rolled
demo rolled-back --to consul-broken --health-timeout 15s

node bin/run.js sandbox up --size 3 --speed 10 --consul simulated --port $port --detach >/dev/null
eval "$(node bin/run.js sandbox env --port $port)"
roll=(--cluster consul --yes --interval 500ms --output quiet --snapshot-dir "$snapshots")
node bin/run.js upgrade "${roll[@]}" --ami $ami --events "$rolls/killed-and-resumed.ndjson" &
wait_for_event killed-and-resumed '"phase":"grow"'
kill -KILL $!
wait
node bin/run.js resume "${roll[@]}" --events "$rolls/killed-and-resumed.ndjson" >/dev/null
node bin/run.js sandbox down --port $port >/dev/null

node bin/run.js sandbox up --size 3 --speed 10 --consul simulated --port $port --detach >/dev/null
eval "$(node bin/run.js sandbox env --port $port)"
node bin/run.js upgrade "${roll[@]}" --ami $ami --events "$rolls/interrupted.ndjson" >/dev/null &
wait_for_event interrupted '"phase":"drain"'
kill -INT $!
wait
sed -i "s#$snapshots#/home/ops/.consul-roll#g" "$rolls"/*.ndjson
wc -l "$rolls"/*.ndjson
