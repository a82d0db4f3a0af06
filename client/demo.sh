#!/usr/bin/env bash
# Two partnerships exchange their journals through a relay: installs, builds, shows. Everything happens in a temporary folder and on
# loopback, and is gone afterwards.
#   bash client/demo.sh [folder of a build that is there already]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

build=${1:-}
if [ -z "$build" ]; then
  build=$root/.build/release
  bash "$root/tests/install.sh"
  cmake -S "$root" --preset release >/dev/null
  cmake --build "$build" --target carnet carnet-relay
fi
carnet=$build/client/carnet
relay=$build/server/carnet-relay

work=$(mktemp -d)
export CARNET_RELAY_STORE=$work/relay.db
relay_pid=
stop_relay() { [ -z "$relay_pid" ] || { kill "$relay_pid" 2>/dev/null && wait "$relay_pid" || true; relay_pid=; }; }
trap 'stop_relay; rm -rf "$work"' EXIT

start_relay() {
  rm -f "$work/port"
  "$relay" serve --port "${port:-0}" --port-file "$work/port" 2>>"$work/relay.log" &
  relay_pid=$!
  while [ ! -s "$work/port" ]; do kill -0 "$relay_pid"; read -rt 0.05 <> <(:) || true; done
  port=$(cat "$work/port")
}
on() { local device=$1; shift; "$carnet" --home "$work/$device" "$@"; }
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

declare -A up down
sync() {
  local device=$1 said code=0
  said=$(on "$device" --json sync 2>/dev/null) || code=$?
  up[$device]=$((${up[$device]:-0} + $(jq .bytes_up <<<"$said")))
  down[$device]=$((${down[$device]:-0} + $(jq .bytes_down <<<"$said")))
  jq -r --arg device "$device" '"  \($device): \(.rows_up) lignes envoyées, \(.rows_down) reçues ; \(.bytes_up) octets envoyés, \(.bytes_down) reçus"
    + (if .conflicts > 0 then " ; \(.conflicts) conflit(s)" else "" end) + (if .error then " ; liaison perdue, la suite plus tard" else "" end)' <<<"$said"
  return $code
}
everyone="ouinhi laarne cove sint-truiden coach ancb"
sync_all() { for device in $everyone; do sync "$device"; done; }

say "Un relais, huit espaces, six appareils"
"$relay" init
for space in municipality:Ouinhi municipality:Covè municipality:Laarne municipality:Sint-Truiden "partnership:Ouinhi-Laarne" \
             "partnership:Covè-Sint-Truiden" network:Réseau "hub:Pôle de Ouinhi"; do
  "$relay" space add "${space#*:}" --kind "${space%%:*}" >/dev/null
done
start_relay
enrol() {
  local device=$1; shift
  local spaces=()
  for space in "$@"; do spaces+=(--space "$space"); done
  "$relay" device add "$device" "${spaces[@]}" >/dev/null
  on "$device" init --invite "$("$relay" invite "$device" --address "http://127.0.0.1:$port")"
}
enrol ouinhi Ouinhi Ouinhi-Laarne Réseau "Pôle de Ouinhi"
enrol laarne Laarne Ouinhi-Laarne Réseau
enrol cove Covè Covè-Sint-Truiden Réseau "Pôle de Ouinhi"
enrol sint-truiden Sint-Truiden Covè-Sint-Truiden Réseau
enrol coach Ouinhi-Laarne Covè-Sint-Truiden Réseau
enrol ancb Ouinhi-Laarne Covè-Sint-Truiden Réseau

say "Le coach et l'ANCB chargent les partenariats de 2024-2025, et chacun reçoit sa part"
facts=$here/demo/partnerships-2024-2025.json
jq -f "$here/demo/load.jq" --arg space partnership --arg south Ouinhi "$facts" | on coach import --space Ouinhi-Laarne
jq -f "$here/demo/load.jq" --arg space partnership --arg south Covè "$facts" | on coach import --space Covè-Sint-Truiden
jq -f "$here/demo/load.jq" --arg space network --arg south "" "$facts" | on ancb import --space Réseau
sync coach
sync ancb
sync_all

say "Un soir à Ouinhi, le relais est injoignable : on écrit quand même"
stop_relay
visit=$(on ouinhi --json list visit | jq '[.[] | select(.title | test("Laarne à Ouinhi"))][0].id')
jq -n -f "$here/demo/evening.jq" --argjson visit "$visit" | on ouinhi import --space Ouinhi-Laarne
entry=$(on ouinhi --json list journal_entry | jq '[.[] | select(.learned | test("Quarante"))][0].id')
on ouinhi edit "$entry" "missing=Le nombre de places occupées les jours ordinaires : demander au receveur."
code=0; sync ouinhi || code=$?
[ "$code" = 75 ] || { echo "a lost link must end with 75, not $code"; exit 1; }
on ouinhi status | grep Ouinhi-Laarne

say "Le relais revient : tout part, Laarne lit"
start_relay
sync_all
on laarne --json list journal_entry | jq -r '"  Laarne lit : " + ([.[] | select(.learned | test("Quarante"))][0].learned | .[:100]) + "..."'

say "Les deux partenaires changent la priorité d'une même sous-question, sans le savoir"
question=$(on ouinhi --json list sub_question | jq '[.[] | select(.text | test("dialogue"))][0].id')
on ouinhi edit "$question" priority=nice
on laarne edit "$question" priority=like
sync ouinhi
sync laarne
sync ouinhi
on ouinhi conflicts
say "Le coach tranche, la décision voyage"
sync coach
on coach resolve "$question" priority must
sync_all
sync_all >/dev/null
[ "$(on ouinhi --json conflicts)" = "[]" ]

say "Bilan"
printf '  %-14s %10s %10s   octets envoyés et reçus, en-têtes HTTP compris\n' appareil envoyés reçus
for device in $everyone; do printf '  %-14s %10d %10d\n' "$device" "${up[$device]}" "${down[$device]}"; done
# Each space: the same digest on every device that has it, as on the relay.
differ=0
while IFS=$'\t' read -r space digest; do
  holders=()
  for device in $everyone; do
    theirs=$(on "$device" --json status | jq -r --arg space "$space" '.spaces[] | select(.name == $space) | .digest')
    [ -z "$theirs" ] && continue
    [ "$theirs" = "$digest" ] && holders+=("$device") || { differ=1; echo "  $device differs in $space"; }
  done
  printf '  %-20s identique, vérifié : %s\n' "$space" "${holders[*]}"
done < <("$relay" status --json | jq -r '.spaces[] | [.name, .digest] | @tsv')
exit $differ
