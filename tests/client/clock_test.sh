#!/usr/bin/env bash
# The programs on a machine whose clock is wrong: it is set right from the relay before anything travels, in the same run, and people are
# told once, in their language: clock_test.sh CARNET CARNET_RELAY WRONG_CLOCK_LIBRARY
set -euo pipefail
carnet=$1 relay=$2 library=$3
work=$(mktemp -d)
export LC_ALL=C CARNET_RELAY_STORE=$work/relay.db ASAN_OPTIONS=verify_asan_link_order=0
relay_pid='' agent='' locale=C
trap 'for pid in $agent $relay_pid; do kill "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
pause() { read -rt 0.05 <> <(:) || true; }
on() { local device=$1; shift; "$carnet" --home "$work/$device" "$@"; }
# A program whose clock is so many seconds ahead.
ahead() { local seconds=$1; shift; env CARNET_TEST_AHEAD="$seconds" LC_ALL=$locale LD_PRELOAD="$library" "$@"; }
ouinhi() { ahead "$1" "$carnet" --home "$work/ouinhi" "${@:2}"; }
says() { grep -qF -- "$1" "$work/out" || fail "expected '$1' in: $(cat "$work/out")"; }
says_nothing_of() { ! grep -qiE -- "$1" "$work/out" || fail "expected nothing of '$1' in: $(cat "$work/out")"; }
# Writes a row under that clock, syncs, and holds against the true time what the other device then reads.
writes_and_syncs() {
  local seconds=$1 id
  id=$(ouinhi "$seconds" add learning_question "wording=Écrit à $seconds")
  ouinhi "$seconds" sync >"$work/out" || fail "sync at $seconds: $(cat "$work/out")"
  grep -qE "Ouinhi-Laarne: (identical|identique|gelijk)" "$work/out" || fail "not in the same run: $(cat "$work/out")"
  on laarne sync >/dev/null
  on laarne --json show "$id" | jq -e --argjson margin "${2:-30}" '.history | all((.written - now) | fabs <= $margin)' >/dev/null || fail "dated wrong: $(on laarne --json show "$id")"
}
offset() { ouinhi "$1" --json status | jq .clock_offset; }

"$relay" init
"$relay" space add Ouinhi-Laarne >/dev/null
for device in ouinhi laarne; do "$relay" device add $device --space Ouinhi-Laarne >/dev/null; done
timeout 300 "$relay" serve --port 0 --port-file "$work/port" 2>"$work/log" & relay_pid=$!
while [ ! -s "$work/port" ]; do kill -0 "$relay_pid" || fail "no relay"; pause; done
for device in ouinhi laarne; do on $device init --invite "$("$relay" invite $device --address "carnet://127.0.0.1:$(cat "$work/port")")" >/dev/null; done
[ "$(ahead 86400 date +%s)" -gt $(($(date +%s) + 86000)) ] || fail "the library does not move the clock"

# Two minutes ahead are taken as they are; a second more is not. (One is added: the relay's second may begin while the hello travels.)
writes_and_syncs 120 150
says_nothing_of clock
[ "$(offset 120)" = 0 ] || fail "corrected at the limit"
writes_and_syncs 122
says "This computer's clock is 2 minutes and"
says "What you wrote is dated by the relay's time; set the clock right when you can."
[ "$(offset 122)" -le -121 ] || fail "not corrected above the limit"
writes_and_syncs 122
says_nothing_of clock

# Told anew where it is off by clearly another amount, in the language of the machine or of the setting; status says so as long as it is.
three_days=$((3 * 86400 + 2 * 3600 + 30))
locale=fr_BJ.UTF-8
writes_and_syncs $three_days
says "L'horloge de cet ordinateur avance de 3 jours et 2 heures. Vos saisies ont été datées à l'heure du relais ; corrigez l'horloge quand vous pourrez."
for _ in 1 2; do
  ouinhi $three_days status >"$work/out"
  says "au dernier échange, celle de cet ordinateur avançait de 3 jours et 2 heures"
done
ouinhi 0 settings language nl >/dev/null
writes_and_syncs -$three_days
says "De klok van deze computer loopt 3 dagen en 2 uur achter."

# A machine that woke up in 1970 dates nothing before the relay was last heard of; it is set right as any.
contact=$(date +%s)
locale=C
ouinhi 0 sync >/dev/null
early=$(ouinhi $((86400 - contact)) add learning_question "wording=La nuit de la panne")
ouinhi $((86400 - contact)) --json show "$early" | jq -e --argjson contact "$contact" '.history[0].written >= $contact' >/dev/null || fail "dated before the last contact"

# 1970 and 2099; and the clock is right again, of which nothing is said.
ouinhi 0 settings language auto >/dev/null
locale=C
writes_and_syncs $((86400 - $(date +%s)))
says "years and"; says "behind"
writes_and_syncs $((4070908800 - $(date +%s)))
says "ahead"
writes_and_syncs 0
says_nothing_of "clock"
ouinhi 0 status >"$work/out"; says_nothing_of "clock"

# The agent says it in its log, once.
ouinhi 0 settings policy link >/dev/null
ouinhi 0 add learning_question "wording=Par l'agent" >/dev/null
sqlite3 "$work/ouinhi/carnet.db" "DELETE FROM carnet_setting WHERE name='schedule'"  # no rest after the last exchange
export CARNET_TEST_AHEAD=$three_days
LD_PRELOAD=$library "$carnet" --home "$work/ouinhi" agent >"$work/out" 2>&1 & agent=$!
unset CARNET_TEST_AHEAD
for _ in {1..200}; do grep -q "ahead" "$work/out" && break; pause; done
says "This computer's clock is 3 days and 2 hours ahead"
kill "$agent"; wait "$agent" || fail "the agent did not end well"
agent=
[ "$(grep -c "computer's clock" "$work/out")" = 1 ] || fail "told more than once: $(cat "$work/out")"
kill "$relay_pid"; wait "$relay_pid" || true
relay_pid=
echo "all as expected"
