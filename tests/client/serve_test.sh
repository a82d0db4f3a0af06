#!/usr/bin/env bash
# `carnet serve` as a program: kills, signals, slow links, taken ports, full disks, damaged files:
# serve_test.sh CARNET CARNET_RELAY CARNET_LINK
set -euo pipefail
carnet=$1 relay=$2 link=$3
work=$(mktemp -d)
export LC_ALL=C CARNET_RELAY_STORE=$work/relay.db
unset http_proxy HTTP_PROXY
pids=()
trap 'for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; cat "$work"/*.log >&2; exit 1; }
expect() { [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"; }
pause() { read -rt 0.02 <> <(:) || true; }
until_true() { local what=$1; shift; for _ in {1..1500}; do if "$@" >/dev/null 2>&1; then return; fi; pause; done; fail "waited in vain: $what"; }
has() { [ -s "$1" ]; }
# start HOME [OPTION]...: at any free port unless an option says which; sets pid, port and cookie.
start() {
  local home=$1; shift
  [[ "$*" == *--port* ]] || set -- --port 0 "$@"
  rm -f "$work/$home.open"
  "$carnet" --home "$work/$home" serve "$@" >"$work/$home.open" 2>"$work/$home.log" &
  pid=$!; pids+=("$pid")
  until_true "the pages of $home" has "$work/$home.open"
  read_address "$home"
}
read_address() {
  local open; open=$(cat "$work/$1.open")
  port=${open#*127.0.0.1:}; port=${port%%/*}
  cookie="carnet_$port=${open#*key=}"
}
# ask METHOD TARGET [BODY]: the body goes to $work/body, the status to stdout.
ask() {
  curl -s -o "$work/body" -w '%{http_code}' -X "$1" -H "Cookie: $cookie" -H "Origin: http://127.0.0.1:$port" -H 'Content-Type: application/json' \
    ${3:+--data-binary "$3"} "http://127.0.0.1:$port$2"
}
asked() { local expected=$1 got; shift; got=$(ask "$@") || true; [ "$got" = "$expected" ] || fail "$*: expected $expected, got $got: $(cat "$work/body")"; }
db() { sqlite3 "$work/$1/carnet.db" "$2"; }
# Ends within two seconds of SIGTERM, with 0.
ends_soon() {
  local began=${EPOCHREALTIME/./} code=0
  kill -TERM "$pid"
  wait "$pid" || code=$?
  local took=$((${EPOCHREALTIME/./} - began))
  expect "exit code after SIGTERM ($1)" 0 "$code"
  [ "$took" -lt 2000000 ] || fail "$1: it took $took microseconds to end"
}

"$relay" init
"$relay" space add Ouinhi-Laarne >/dev/null
for device in ouinhi laarne; do "$relay" device add $device --space Ouinhi-Laarne >/dev/null; done
"$relay" serve --port 0 --port-file "$work/port" 2>"$work/relay.log" & pids+=($!); relay_pid=$!
until_true "the relay" has "$work/port"
for device in ouinhi laarne; do "$carnet" --home "$work/$device" init --invite "$("$relay" invite $device --address "carnet://127.0.0.1:$(cat "$work/port")")" >/dev/null; done
for device in ouinhi laarne; do "$carnet" --home "$work/$device" settings policy manual >/dev/null; done

# What was answered is kept, whatever happens next.
start ouinhi
asked 201 POST /api/rows '{"table":"learning_question","space":1,"fields":{"wording":"début"}}'
id=$(jq .row.id "$work/body")
for round in {1..15}; do
  asked 200 GET "/api/rows/$id"
  version=$(jq -r .versions.wording "$work/body")
  asked 200 PATCH "/api/rows/$id" "{\"fields\":{\"wording\":\"version $round\"},\"opened_at\":{\"wording\":\"$version\"}}"
  kill -9 "$pid"; { wait "$pid" || true; } 2>/dev/null
  expect "after kill $round" "version $round" "$(db ouinhi "SELECT wording FROM learning_question WHERE id=$id")"
  start ouinhi
done
"$carnet" --home "$work/ouinhi" verify >/dev/null || fail "the replica is not whole after the kills"

# Two homes at once; a port that is taken.
ouinhi_pid=$pid ouinhi_port=$port ouinhi_cookie=$cookie
start laarne
asked 200 GET /api/device
expect "the other home" laarne "$(jq -r .name "$work/body")"
code=0; "$carnet" --home "$work/laarne" serve --port "$ouinhi_port" >"$work/out" 2>"$work/err" || code=$?
expect "exit code where the port is taken" 75 "$code"
grep -q "port $ouinhi_port is taken" "$work/err" || fail "it does not say which port: $(cat "$work/err")"
ends_soon "with nothing open"
pid=$ouinhi_pid port=$ouinhi_port cookie=$ouinhi_cookie

# The browser that it opens outlives it, and does not hold its port.
mkdir "$work/bin"
printf '#!/bin/sh\necho $$ >"%s"; exec sleep 100\n' "$work/browser" >"$work/bin/xdg-open"
chmod +x "$work/bin/xdg-open"
PATH=$work/bin:$PATH start laarne --open
until_true "the browser" has "$work/browser"
pids+=("$(cat "$work/browser")")
kept=$port
ends_soon "with a browser"
start laarne --port "$kept"
ends_soon "at the same port again"
pid=$ouinhi_pid port=$ouinhi_port cookie=$ouinhi_cookie

# SIGTERM with a page that listens.
curl -sN -H "Cookie: $cookie" "http://127.0.0.1:$port/api/events" >"$work/events" & pids+=($!); listener=$!
until_true "the stream is open" has "$work/events"
ends_soon "with an open stream"
wait "$listener" || true

# SIGTERM in an exchange over a slow link; what was not sent goes next time.
db ouinhi "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<3000) INSERT INTO project(space,name,description) SELECT 1,'projet '||k,hex(randomblob(200)) FROM n"
"$link" --to "$(cat "$work/port")" --profile 2g --port-file "$work/link_port" 2>"$work/link.log" >/dev/null & pids+=($!)
until_true "the link" has "$work/link_port"
db ouinhi "UPDATE carnet_setting SET value='carnet://127.0.0.1:$(cat "$work/link_port")' WHERE name='address'"
start ouinhi
curl -sN -H "Cookie: $cookie" "http://127.0.0.1:$port/api/events" >"$work/events" & pids+=($!); listener=$!
until_true "the stream is open" has "$work/events"
asked 202 POST /api/sync '{}'
moves() { [ "$(grep -c '"state":"running"' "$work/events")" -ge 1 ]; }
until_true "the exchange moves" moves
ends_soon "in an exchange over a slow link"
wait "$listener" || true
db ouinhi "UPDATE carnet_setting SET value='carnet://127.0.0.1:$(cat "$work/port")' WHERE name='address'"

# SIGTERM while the relay hangs.
start ouinhi
kill -STOP "$relay_pid"
asked 202 POST /api/sync '{}'
under_way() { [ "$(db ouinhi "SELECT count(*) FROM carnet_setting WHERE name='broke_off'")" = 1 ]; }
until_true "an exchange is under way" under_way
ends_soon "in an exchange with a relay that hangs"
kill -CONT "$relay_pid"
"$carnet" --home "$work/ouinhi" sync >"$work/out"
grep -qF "Ouinhi-Laarne: identical" "$work/out" || fail "not identical: $(cat "$work/out")"

# A full disk: 507, nothing lost, and on when there is room.
rm -f "$work/ouinhi.open"
(trap '' XFSZ; ulimit -S -f $(($(stat -c %s "$work/ouinhi/carnet.db") / 1024 + 64)); exec "$carnet" --home "$work/ouinhi" serve --port 0) >"$work/ouinhi.open" 2>"$work/ouinhi.log" &
pid=$!; pids+=("$pid")
until_true "the pages on the full disk" has "$work/ouinhi.open"
read_address ouinhi
text=$(head -c 200000 /dev/zero | tr '\0' x)
printf '{"fields":{"wording":"%s"}}' "$text" >"$work/large"
status=200; written=
for round in {1..60}; do
  printf '{"table":"learning_question","space":1,"fields":{"wording":"%s %s"}}' "$round" "$text" >"$work/large"
  status=$(ask POST /api/rows "@$work/large")
  [ "$status" = 201 ] || break
  written="$written $round"
done
expect "a write on a full disk" 507 "$status"
expect "its code" disk_full "$(jq -r .error.code "$work/body")"
asked 200 GET "/api/rows/$id"
asked 200 GET /api/device
expect "state" ready "$(jq -r .state "$work/body")"
prlimit --pid "$pid" --fsize=unlimited
asked 201 POST /api/rows "@$work/large"
for round in $written; do expect "row $round" 1 "$(db ouinhi "SELECT count(*) FROM learning_question WHERE wording LIKE '$round x%'")"; done
ends_soon "after a full disk"
"$carnet" --home "$work/ouinhi" verify >/dev/null || fail "the replica is not whole after the full disk"

# A damaged file is read and not written, also after a new start.
db ouinhi "INSERT INTO swot_item(space,project,quadrant,text) SELECT 1,min(id),'strength','eau' FROM project; PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
start ouinhi
project=$(db ouinhi "SELECT min(id) FROM project")
page=$(db ouinhi "SELECT rootpage FROM sqlite_schema WHERE name='swot_item'")
kill -9 "$pid"; { wait "$pid" || true; } 2>/dev/null
db ouinhi "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
printf '\377\377\377\377\377\377\377\377' | dd of="$work/ouinhi/carnet.db" bs=1 seek=$(((page - 1) * 4096)) conv=notrunc status=none
for time in first second; do
  start ouinhi
  asked 423 POST /api/rows '{"table":"swot_item","space":1,"fields":{"project":'"$project"',"quadrant":"strength","text":"x"}}'
  expect "the code, the $time time" damaged "$(jq -r .error.code "$work/body")"
  asked 423 POST /api/rows '{"table":"project","space":1,"fields":{"name":"x"}}'
  asked 200 GET "/api/rows?table=learning_question"
  asked 200 GET /api/device
  expect "state, the $time time" damaged "$(jq -r .state "$work/body")"
  ends_soon "with a damaged file"
done
echo "all as expected"
