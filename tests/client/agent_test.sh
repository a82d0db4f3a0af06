#!/usr/bin/env bash
# The agent as a program: it sends what any tool wrote, waits for others, ends when asked and dies without trace:
# agent_test.sh CARNET CARNET_RELAY
set -euo pipefail
carnet=$1 relay=$2
work=$(mktemp -d)
export LC_ALL=C CARNET_RELAY_STORE=$work/relay.db CARNET_HOME=$work/ouinhi
db=$CARNET_HOME/carnet.db relay_pid= agent=
trap '[ -z "$relay_pid" ] || kill -CONT "$relay_pid"; for pid in $agent $relay_pid; do kill "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; cat "$work/agent.log" >&2; exit 1; }
pause() { read -rt 0.05 <> <(:) || true; }
# Until a command succeeds, for half a minute at most.
until_true() { local what=$1; shift; for _ in {1..600}; do if "$@" >/dev/null 2>&1; then return; fi; pause; done; fail "waited in vain: $what"; }
ends_with() {
  local expected=$1 code=0
  shift
  "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = "$expected" ] || fail "$*: expected $expected, got $code: $(cat "$work/err")"
}
says() { grep -qF -- "$1" "$work/out" "$work/err" || fail "expected '$1' in: $(cat "$work/out" "$work/err")"; }
start_agent() { : >"$work/agent.log"; "$carnet" agent >"$work/agent.log" 2>&1 & agent=$!; }
agent_says() { grep -qF -- "$1" "$work/agent.log"; }
ended() { ! kill -0 "$1"; }
rows_at_relay() { [ "$("$relay" status --json | jq '.spaces[0].rows')" = "$1" ]; }
# As if the rest after the last exchange had passed.
rested() { sqlite3 "$db" "UPDATE carnet_setting SET value=(SELECT group_concat(CASE key WHEN 4 THEN 0 ELSE value END, ' ')
  FROM (SELECT key,value FROM json_each('['||replace(value,' ',',')||']') ORDER BY key)) WHERE name='schedule'"; }
write() { sqlite3 "$db" "INSERT INTO learning_question(space,wording) SELECT space,'$1' FROM carnet_space"; }
under_way() { [ "$(sqlite3 "$db" "SELECT count(*) FROM carnet_setting WHERE name='broke_off'")" = 1 ]; }

"$relay" init
"$relay" space add Ouinhi-Laarne >/dev/null
"$relay" device add ouinhi --space Ouinhi-Laarne >/dev/null
"$relay" serve --port 0 --port-file "$work/port" 2>"$work/log" & relay_pid=$!
while [ ! -s "$work/port" ]; do kill -0 "$relay_pid" || fail "no relay"; pause; done
"$carnet" init --invite "$("$relay" invite ouinhi --address "carnet://127.0.0.1:$(cat "$work/port")")"

# By hand: never by itself. A changed setting is noticed.
ends_with 65 "$carnet" settings policy weekly; says "policy: manual, link or night, not 'weekly'; set it like this: carnet settings policy night"
"$carnet" settings policy manual >/dev/null
start_agent
until_true "the agent says why it does nothing" agent_says "never by itself"
ends_with 75 "$carnet" agent; says "process $agent holds"
"$carnet" settings policy link >/dev/null
until_true "the device's own row is at the relay" rows_at_relay 1
until_true "the agent says so" agent_says "sent 1 rows"

# What any tool writes goes without a command.
rested
write "Comment soutenir les acteurs ?"
until_true "the row of another tool is at the relay" rows_at_relay 2
ends_with 0 "$carnet" --json traffic
jq -e '.[0].link == "free" and .[0].connections == 2 and .[0].up > 300' "$work/out" >/dev/null || fail "traffic: $(cat "$work/out")"
ends_with 0 "$carnet" --json status
jq -e '.agent.running and .waiting.rows == 0 and .agent.last_error == null and .agent.last_complete > 0' "$work/out" >/dev/null ||
  fail "status: $(cat "$work/out")"

# One transfer at a time: the relay is made to hang, a person's sync names the agent, and a killed agent leaves no lock.
kill -STOP "$relay_pid"
rested
write "Qui paie ?"
until_true "the agent is in an exchange" under_way
ends_with 75 "$carnet" sync; says "process $agent holds"
kill -9 "$agent"
{ wait "$agent" || true; } 2>/dev/null
kill -CONT "$relay_pid"
ends_with 0 "$carnet" sync; says "Ouinhi-Laarne: identical"
rows_at_relay 3 || fail "the row did not arrive"

# Asked to end, also in the middle of an exchange, it does so.
start_agent
until_true "a new agent runs" agent_says "next try"
kill -STOP "$relay_pid"
rested
write "Où ?"
until_true "the agent is in an exchange" under_way
kill -TERM "$agent"
until_true "it ends" ended "$agent"
wait "$agent" || fail "it did not end well"
kill -CONT "$relay_pid"

# The budget ends a person's sync, too, and says so.
"$carnet" settings metered yes >/dev/null
"$carnet" settings day_kb 0 >/dev/null
ends_with 75 "$carnet" sync; says "the budget of the day (0 KB) has no room"
ends_with 0 "$carnet" status; says "more nights than the budget will ever give"
"$carnet" settings day_kb none >/dev/null
"$carnet" settings price 1.2 >/dev/null
ends_with 0 "$carnet" sync
ends_with 0 "$carnet" traffic; says "metered"; says "0.01"

# A home that is taken away under the agent ends it, and names the file.
start_agent
until_true "a third agent runs" agent_says "next try"
mv "$db" "$work/away.db"
until_true "it ends" ended "$agent"
code=0; wait "$agent" || code=$?
[ "$code" = 75 ] || fail "expected 75, got $code"
agent_says "was moved away or replaced" || fail "it does not say why"
agent=
kill "$relay_pid"; wait "$relay_pid"; relay_pid=
echo "all as expected"
