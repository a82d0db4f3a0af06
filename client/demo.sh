#!/usr/bin/env bash
# Two partnerships exchange an evening's journal through a relay. Ouinhi and Covè reach it over a 3G link of the evening that is cut
# again and again, emulated by carnet-link. Installs, builds, shows. Everything happens in a temporary folder and on loopback, and is
# gone afterwards. Ends with 1 where copies differ.
#   bash client/demo.sh [folder of a build that is there already]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

build=${1:-}
if [ -z "$build" ]; then
  build=$root/.build/release
  bash "$root/tests/install.sh"
  cmake -S "$root" --preset release >/dev/null
  cmake --build "$build" --target carnet carnet-relay carnet-link
fi
carnet=$build/client/carnet
relay=$build/server/carnet-relay
link=$build/tests/link/carnet-link

seed=20250310 cut_every=2 price=1.2
everyone="ouinhi laarne cove sint-truiden coach ancb"
over_3g="ouinhi cove"

work=$(mktemp -d)
export CARNET_RELAY_STORE=$work/relay.db
relay_pid='' link_pid='' port='' link_port=''
# Whatever becomes of this script, they end by themselves after ten minutes.
stop() { [ -z "$1" ] || { kill "$1" 2>/dev/null && wait "$1" || true; }; }
trap 'stop "$relay_pid"; stop "$link_pid"; rm -rf "$work"' EXIT

die() { echo "$*" >&2; exit 1; }
listens() { while [ ! -s "$1" ]; do kill -0 "$2" || die "il n'a pas démarré : $(cat "$work"/*.log)"; read -rt 0.05 <> <(:) || true; done; }
start_relay() {
  rm -f "$work/port"
  timeout 600 "$relay" serve --port "${port:-0}" --port-file "$work/port" 2>>"$work/relay.log" & relay_pid=$!
  listens "$work/port" "$relay_pid"
  port=$(cat "$work/port")
}
start_link() {
  "$link" --to "$port" --profile 3g-evening --cut-every "$cut_every" --seed "$seed" --port-file "$work/link_port" >"$work/link.json" 2>"$work/link.log" & link_pid=$!
  listens "$work/link_port" "$link_pid"
  link_port=$(cat "$work/link_port")
}
on() { local device=$1; shift; "$carnet" --home "$work/$device" "$@"; }
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# Hundredths of a franc that a device has spent so far, by its own ledger.
spent() { on "$1" --json traffic | jq '[.[].francs // 0] | add // 0 | . * 100 | round'; }
as_francs() { case " $over_3g " in *" $1 "*) printf '%d,%02d FCFA' $(($2 / 100)) $(($2 % 100)) ;; *) echo gratuit ;; esac; }
microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }

declare -A up down cuts took
# One try: adds to what this exchange took, and leaves the last report in $said. 0: all of it is done; 75: the link was lost.
try() {
  local device=$1 code=0
  said=$(on "$device" --json sync 2>/dev/null) || code=$?
  read -r u d rows_up rows_down <<<"$(jq -r '[.bytes_up, .bytes_down, .rows_up, .rows_down] | @tsv' <<<"$said")"
  up[$device]=$((${up[$device]:-0} + u)) down[$device]=$((${down[$device]:-0} + d))
  sent=$((sent + rows_up)) received=$((received + rows_down)) bytes_up=$((bytes_up + u)) bytes_down=$((bytes_down + d))
  return $code
}
# Again after each cut, until both sides hold the same.
sync() {
  local device=$1 began before survived=0 code seconds
  sent=0 received=0 bytes_up=0 bytes_down=0 before=$(spent "$device") began=$(microseconds)
  until try "$device"; do
    code=$?
    [ "$code" = 75 ] || die "$device: $(jq -r '.error // .' <<<"$said")"
    survived=$((survived + 1))
    [ "$survived" -lt 50 ] || die "$device : cinquante coupures, et pas au bout"
  done
  seconds=$((($(microseconds) - began) / 100000))
  cuts[$device]=$((${cuts[$device]:-0} + survived)) took[$device]=$((${took[$device]:-0} + seconds))
  printf '  %-12s %3d lignes envoyées, %3d reçues ; %5d octets montés, %5d descendus, %9s ; %d coupure(s) ; %2d,%d s ; %s\n' "$device" "$sent" \
    "$received" "$bytes_up" "$bytes_down" "$(as_francs "$device" $(($(spent "$device") - before)))" "$survived" $((seconds / 10)) $((seconds % 10)) "$(jq -r 'if [.spaces[]] | all(. == "identical") then "identiques" else "DIFFÉRENTS" end
      + if .conflicts > 0 then ", \(.conflicts) conflit(s)" else "" end' <<<"$said")"
}
sync_all() { for device in $everyone; do sync "$device"; done; }

say "Un relais, huit espaces, six appareils"
"$relay" init
for space in municipality:Ouinhi municipality:Covè municipality:Laarne municipality:Sint-Truiden "partnership:Ouinhi-Laarne" \
             "partnership:Covè-Sint-Truiden" network:Réseau "hub:Pôle de Ouinhi"; do
  "$relay" space add "${space#*:}" --kind "${space%%:*}" >/dev/null
done
start_relay
start_link
enrol() {
  local device=$1 through=$2 space spaces=()
  shift 2
  for space in "$@"; do spaces+=(--space "$space"); done
  "$relay" device add "$device" "${spaces[@]}" >/dev/null
  on "$device" init --invite "$("$relay" invite "$device" --address "carnet://127.0.0.1:$through")"
}
enrol ouinhi "$link_port" Ouinhi Ouinhi-Laarne Réseau "Pôle de Ouinhi"
enrol laarne "$port" Laarne Ouinhi-Laarne Réseau
enrol cove "$link_port" Covè Covè-Sint-Truiden Réseau "Pôle de Ouinhi"
enrol sint-truiden "$port" Sint-Truiden Covè-Sint-Truiden Réseau
enrol coach "$port" Ouinhi-Laarne Covè-Sint-Truiden Réseau
enrol ancb "$port" Ouinhi-Laarne Covè-Sint-Truiden Réseau
for device in $over_3g; do
  on "$device" settings metered yes >/dev/null
  on "$device" settings price "$price" >/dev/null
done
cat <<TEXT
  Ouinhi et Covè passent par la 3G d'un soir, émulée : 64 kbit/s, 600 ms aller et retour, 5 % des paquets perdus, graine $seed.
  Un tel lien est coupé toutes les 20 s environ ; pour qu'on le voie sur de si petits échanges, ici toutes les $cut_every s.
  Le mégaoctet leur coûte ${price/./,} FCFA (carnet settings price $price). Les autres ont une bonne connexion.
  Une ligne par échange ; après une coupure il reprend où il en était. « identiques » : les deux côtés ont comparé leurs empreintes.
TEXT

say "Le coach et l'ANCB chargent les partenariats de 2024-2025, et chacun reçoit sa part"
facts=$here/demo/partnerships-2024-2025.json
jq -f "$here/demo/load.jq" --arg space partnership --arg south Ouinhi "$facts" | on coach import --space Ouinhi-Laarne >/dev/null
jq -f "$here/demo/load.jq" --arg space partnership --arg south Covè "$facts" | on coach import --space Covè-Sint-Truiden >/dev/null
jq -f "$here/demo/load.jq" --arg space network --arg south "" "$facts" | on ancb import --space Réseau >/dev/null
sync coach
sync ancb
sync_all

say "Un soir à Ouinhi et à Covè, le relais est injoignable : on écrit quand même"
stop "$relay_pid"
relay_pid=''
evening() {
  local device=$1 town=$2 space=$3 visit
  visit=$(on "$device" --json list visit | jq --arg host "$town" '[.[] | select(.title | endswith("à " + $host))][0].id')
  jq -n -f "$here/demo/evening.jq" --arg town "$town" --argjson visit "$visit" | on "$device" import --space "$space" >/dev/null
}
evening ouinhi Ouinhi Ouinhi-Laarne
evening cove Covè Covè-Sint-Truiden
entry=$(on ouinhi --json list journal_entry | jq '[.[] | select(.learned | test("Quarante"))][0].id')
on ouinhi edit "$entry" "missing=Le nombre de places occupées les jours ordinaires : demander au receveur."
for device in $over_3g; do
  code=0
  sent=0 received=0 bytes_up=0 bytes_down=0
  try "$device" || code=$?
  [ "$code" = 75 ] || die "a lost link must end with 75, not $code"
  on "$device" --json status | jq -r --arg device "$device" '"  \($device) : \(.waiting.rows) lignes attendent ; elles coûteront environ \(.waiting.francs) FCFA" | gsub("(?<a>[0-9])\\.(?<b>[0-9])"; "\(.a),\(.b)")'
done

say "Le relais revient : la soirée part par la 3G, les partenaires lisent"
start_relay
sync_all
on laarne --json list journal_entry | jq -r '"  Laarne lit : " + ([.[] | select(.learned | test("Quarante"))][0].learned | .[:100]) + "..."'
on sint-truiden --json list journal_entry | jq -r '"  Sint-Truiden lit : " + ([.[] | select(.learned | test("tisserands"))][0].learned | .[:100]) + "..."'

say "Ouinhi et Laarne changent la priorité d'une même sous-question, sans le savoir : un conflit"
question=$(on ouinhi --json list sub_question | jq '[.[] | select(.text | test("dialogue"))][0].id')
on ouinhi edit "$question" priority=nice
on laarne edit "$question" priority=like
sync ouinhi
sync laarne
sync ouinhi
on ouinhi --json conflicts | jq -r '.[] | "  à trancher : " + (.shown | "« \(.value) » (\(.by))") + " ou " + (.lost | "« \(.value) » (\(.by))")'
say "Le coach tranche pour « must », la décision voyage"
sync coach
on coach resolve "$question" priority must
for device in coach ouinhi laarne ancb; do sync "$device"; done
[ "$(on ouinhi --json conflicts)" = "[]" ] || die "le conflit est encore là"
[ "$(on ouinhi --json show "$question" | jq -r .row.priority)" = must ] || die "la décision n'est pas arrivée"

say "Ouinhi et Laarne corrigent une même question, sans le savoir : les deux corrections restent"
question=$(on ouinhi --json list learning_question | jq '.[0].id')
wording=$(on ouinhi --json show "$question" | jq -r .row.wording)
on ouinhi edit "$question" "wording=${wording% \?}, avant la prochaine saison des pluies ?"
on laarne edit "$question" "wording=Avec les habitants : $wording"
sync ouinhi
sync laarne
sync ouinhi
merged="Avec les habitants : ${wording% \?}, avant la prochaine saison des pluies ?"
for device in ouinhi laarne; do
  [ "$(on "$device" --json show "$question" | jq -r .row.wording)" = "$merged" ] || die "$device n'a pas les deux corrections"
done
echo "  était : $wording"
echo "  est   : $merged"
on ouinhi --json show "$question" | jq -r '[.history[] | select(.column == "wording")] | reverse[] | "  \(if .merged then "ensemble" else .by end) : \(.value | if length > 70 then .[:40] + " … " + .[-25:] else . end)"'
on ouinhi --json reread | jq -r '.[] | "  à relire, dit Ouinhi : \(.table) \(.id), \(.column)"'
on ouinhi reread "$question" wording
sync ouinhi
for device in laarne coach ancb; do sync "$device"; done
[ "$(on laarne --json reread)" = "[]" ] || die "ce qui a été relu est encore à relire"

say "Bilan"
printf '  %-13s %8s %10s %8s %9s %6s\n' appareil montés descendus FCFA coupures s
for device in $everyone; do
  printf '  %-13s %8d %10d %10s %9d %4d,%d\n' "$device" "${up[$device]}" "${down[$device]}" "$(as_francs "$device" "$(spent "$device")")" "${cuts[$device]}" $((took[$device] / 10)) $((took[$device] % 10))
done
echo "  Octets, TLS et en-têtes HTTP compris. Les FCFA comptent en plus 2 000 octets par connexion, pour TCP et IP."
stop "$link_pid"
link_pid=''
jq -r '"  La liaison 3G a été coupée \(.cuts) fois en \(.busy_seconds | round) secondes de service, sur \(.connections) connexions."' "$work/link.json"
[ "$(jq .cuts "$work/link.json")" -gt 0 ] || die "la liaison n'a jamais été coupée : rien n'est montré"

say "Verdict"
# Each space: the same digest on every device that has it, as on the relay.
differ=0
while IFS=$'\t' read -r space digest; do
  holders=()
  for device in $everyone; do
    theirs=$(on "$device" --json status | jq -r --arg space "$space" '.spaces[] | select(.name == $space) | .digest')
    [ -z "$theirs" ] && continue
    if [ "$theirs" = "$digest" ]; then holders+=("$device"); else differ=1; echo "  $device diffère dans $space"; fi
  done
  printf '  %s  %s : relais %s\n' "$digest" "$space" "${holders[*]}"
done < <("$relay" status --json | jq -r '.spaces[] | [.name, .digest] | @tsv')
if [ "$differ" = 0 ]; then echo "  Les empreintes le disent : toutes les copies de chaque espace sont identiques."; else echo "  DES COPIES DIFFÈRENT."; fi
exit $differ
