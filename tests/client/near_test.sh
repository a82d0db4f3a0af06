#!/usr/bin/env bash
# Devices that find each other on the local network, by the programs: near_test.sh CARNET CARNET_RELAY
# An Avahi daemon of the test's own, on loopback and on a bus of its own, tells them of each other; without one the address does.
set -euo pipefail
carnet=$1 relay=$2
work=$(mktemp -d)
export LC_ALL=C CARNET_RELAY_STORE=$work/relay.db
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; tail -n 20 "$work"/*.log >&2; exit 1; }
pause() { read -rt 0.05 <> <(:) || true; }
# Until a command succeeds, for half a minute at most.
until_true() { local what=$1; shift; for _ in {1..600}; do if "$@" >/dev/null 2>&1; then return; fi; pause; done; fail "waited in vain: $what"; }
device() { local name=$1; shift; "$carnet" --home "$work/$name" "$@"; }
names() { sqlite3 "$work/$1/carnet.db" "SELECT group_concat(name) FROM (SELECT name FROM organisation ORDER BY name)"; }
has() { names "$1" | grep -qF "$2"; }
says() { grep -qF -- "$2" "$work/$1.log"; }
ends() { ! kill -0 "$1"; }

"$relay" init
"$relay" space add town >/dev/null
"$relay" device add ouinhi --space town >/dev/null
"$relay" device add cove --space town >/dev/null
"$relay" serve --port 0 --port-file "$work/port" 2>"$work/relay.log" & relay_pid=$!
pids+=("$relay_pid")
until_true "the relay listens" test -s "$work/port"
for name in ouinhi cove; do
  device "$name" init --invite "$("$relay" invite "$name" --address "carnet://127.0.0.1:$(cat "$work/port")")" >/dev/null
  code=0; device "$name" near 127.0.0.1:9 2>"$work/early.log" || code=$?
  [ "$code" = 77 ] && says early "the relay gives it one at the next sync" || fail "without a key: $code"
  device "$name" sync >/dev/null
done
device ouinhi sync >/dev/null
kill "$relay_pid"; wait "$relay_pid" || true

# No daemon: a clear sentence, and the address does.
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
device ouinhi add organisation name=Ouinhi kind=municipality >/dev/null
"$carnet" --home "$work/ouinhi" near --once --listen 127.0.0.1 --qr >"$work/ouinhi.log" 2>&1 & near=$!
pids+=("$near")
until_true "it says that nobody finds it" says ouinhi "avahi-daemon does not run on this machine"
until_true "it says where it listens" says ouinhi "this device listens at 127.0.0.1:"
place=$(grep -o '127.0.0.1:[0-9]*' "$work/ouinhi.log" | head -1)
device cove near "$place" >"$work/cove.log" || fail "by address: $?"
says cove ": 1 row came, 0 were given." || fail "cove says $(cat "$work/cove.log")"
wait "$near" || fail "once: $?"
has cove Ouinhi || fail "what was met is not there"
code=0; device cove near "$place" >"$work/gone.log" || code=$?
[ "$code" = 75 ] && says gone "nobody answers at $place" || fail "nobody there: $code"

# With one they find each other, and again where something is new.
if [ "$(id -u)" -ne 0 ]; then echo "not tried: devices that find each other, since an Avahi daemon of the test's own needs root"; exit 77; fi
cat >"$work/bus.conf" <<BUS
<busconfig><type>custom</type><listen>unix:path=$work/bus</listen><auth>EXTERNAL</auth><auth>ANONYMOUS</auth><allow_anonymous/>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
BUS
cat >"$work/avahi.conf" <<AVAHI
[server]
use-ipv6=no
allow-interfaces=lo
[wide-area]
enable-wide-area=no
[publish]
publish-workstation=no
publish-hinfo=no
AVAHI
dbus-daemon --config-file="$work/bus.conf" --nofork >"$work/bus.log" 2>&1 & pids+=("$!")
until_true "the bus listens" test -S "$work/bus"
unshare --mount bash -c 'mount -t tmpfs none /run; exec avahi-daemon -f "$1" --no-drop-root --no-chroot --no-rlimits' avahi "$work/avahi.conf" >"$work/avahi.log" 2>&1 & pids+=("$!")
until_true "avahi runs" says avahi "Server startup complete"

device cove add organisation name=Cove kind=municipality >/dev/null
"$carnet" --home "$work/ouinhi" near --listen 127.0.0.1 >"$work/ouinhi.log" 2>&1 & near=$!
pids+=("$near")
"$carnet" --home "$work/cove" near --listen 127.0.0.1 --once >"$work/cove.log" 2>&1 & once=$!
pids+=("$once")
until_true "they find each other" has ouinhi Cove
until_true "once is enough" ends "$once"
wait "$once" || fail "once: $?"
kill "$near"; wait "$near" || fail "ended by SIGTERM: $?"

# The agent does the same where the setting says so.
device ouinhi settings policy manual >/dev/null
device ouinhi settings near 127.0.0.1 >/dev/null
"$carnet" --home "$work/ouinhi" agent >"$work/agent.log" 2>&1 & agent=$!
pids+=("$agent")
device cove add organisation name=Agonlin kind=municipality >/dev/null
"$carnet" --home "$work/cove" near --listen 127.0.0.1 >"$work/cove.log" 2>&1 & near=$!
pids+=("$near")
until_true "the agent meets who is there" has ouinhi Agonlin
device ouinhi --json status | jq -e '.near.listens != null and .near.met[0].device == 2 and .near.met[0].at > 0' >/dev/null || fail "status: $(device ouinhi --json status)"
device ouinhi settings near off >/dev/null
until_true "it is there no more" sh -c "'$carnet' --home '$work/ouinhi' --json status | jq -e '.near.listens == null'"
kill "$agent"; wait "$agent" || fail "agent: $?"
kill "$near"; wait "$near" || fail "near: $?"
echo "well"
