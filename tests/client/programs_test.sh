#!/usr/bin/env bash
# The programs as people and scripts use them, from init to a settled conflict: programs_test.sh CARNET CARNET_RELAY
set -euo pipefail
carnet=$1 relay=$2
work=$(mktemp -d)
export LC_ALL=C CARNET_RELAY_STORE=$work/relay.db
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
expect() { [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"; }
ends_with() { local expected=$1 code=0; shift; "$@" >"$work/out" 2>"$work/err" || code=$?; expect "exit code of $*" "$expected" "$code"; }
says() { grep -qF -- "$1" "$work/out" "$work/err" || fail "expected '$1' in: $(cat "$work/out" "$work/err")"; }
on() { local device=$1; shift; "$carnet" --home "$work/$device" "$@"; }
serve() {
  rm -f "$work/port"
  "$relay" serve --port "${port:-0}" --port-file "$work/port" 2>"$work/log" &
  pid=$!
  while [ ! -s "$work/port" ]; do kill -0 "$pid" || fail "no relay"; read -rt 0.05 <> <(:) || true; done
  port=$(cat "$work/port")
}
stop() { kill "$pid"; wait "$pid" || fail "the relay did not end well"; pid=; }

# The relay's commands and their mistakes.
ends_with 66 "$relay" status; says "carnet-relay init"
"$relay" init
ends_with 70 "$relay" init; says "exists already"
"$relay" space add Ouinhi-Laarne >/dev/null
ends_with 70 "$relay" space add Ouinhi-Laarne
ends_with 105 "$relay" device add laarne --space Nowhere; says "there is no space 'Nowhere'"
for device in ouinhi laarne; do "$relay" device add $device --space Ouinhi-Laarne >/dev/null; done
ends_with 105 "$relay" invite nobody --address carnet://x; says "there is no device 'nobody'"
serve
for device in ouinhi laarne; do on $device init --invite "$("$relay" invite $device --address "carnet://127.0.0.1:$port")"; done

# Help, and mistakes on the command line, are in the reader's language, whatever is asked about.
for asked in "" $("$carnet" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p') "quarantine retry"; do
  ends_with 0 env LC_ALL=fr_BJ.UTF-8 "$carnet" $asked --help; says "Emploi:"; says "montrer cette aide"
  ! grep -wE 'Usage|Print|REQUIRED|Subcommands|SUBCOMMAND|rows|replica' "$work/out" || fail "English in the help of '$asked'"
done
ends_with 64 env LC_ALL=nl_BE.UTF-8 "$carnet" show; says "id moet gegeven worden"

# The client's mistakes.
ends_with 64 on ouinhi fly
ends_with 66 on nowhere status; says "carnet init --invite"
ends_with 65 on other init --invite carnet1-abc; says "no whole invite"
ends_with 65 on ouinhi init --invite "$("$relay" invite ouinhi --address "carnet://127.0.0.1:$port")"; says "exists already"
ends_with 65 on ouinhi add sub_question text=Quoi; says "sub_question.question: is required"
ends_with 65 on ouinhi add sub_question text; says "'text' is not column=value"
ends_with 66 on ouinhi list poem; says "no table 'poem'"
ends_with 77 on ouinhi sync; says "ask for a new invite"  # the invite above voided the first one

# So Ouinhi is enrolled again, by a new invite, and writes.
rm -r "$work/ouinhi"
on ouinhi init --invite "$("$relay" invite ouinhi --address "carnet://127.0.0.1:$port")"
question=$(on ouinhi add learning_question "wording=Comment soutenir les acteurs ?")
id=$(on ouinhi --json add sub_question question="$question" "text=Quels besoins ?" priority=must | jq .id)
printf 'Une note.\nDeux lignes.' >"$work/note"
on ouinhi edit "$id" "text=@$work/note"
sqlite3 "$work/ouinhi/carnet.db" "UPDATE sub_question SET position=2.5"
expect "rows that wait" 3 "$(on ouinhi --json status | jq '.spaces[0].waiting')"
ends_with 0 on ouinhi sync; says "Ouinhi-Laarne: identical"
ends_with 0 on laarne sync
expect "Laarne reads" "Une note.
Deux lignes. 2.5" "$(on laarne --json list sub_question | jq -r '.[0] | "\(.text) \(.position)"')"

# And finds.
ends_with 0 on laarne search NOTE lig; says "sub_question $id  [Ouinhi-Laarne] Une note. Deux lignes."; says "text: Une note. Deux lignes."
expect "hits" '[["sub_question","Ouinhi-Laarne","priority",[["Indispensable",true]]]]' "$(on laarne --json search indisp --space Ouinhi-Laarne | jq -c '[.hits[] | [.table, .space, .column, .snippet]]')"
ends_with 0 on laarne search '"note une"'; says "nothing found"
ends_with 66 on laarne search note --space Nowhere; says "no space 'Nowhere'"
ends_with 0 on laarne search note --limit 200
for limit in 0 201; do ends_with 64 on laarne search note --limit $limit; done

# On paper: what a file is called, what it holds, and what cannot be had.
organisation=$(on ouinhi add organisation name=Covè)
on ouinhi edit "$question" organisation="$organisation"
(cd "$work" && ends_with 0 on ouinhi paper questions "$organisation" --language fr); says "questions-cove.docx"
expect "a DOCX" "PK" "$(head -c 2 "$work/questions-cove.docx")"
ends_with 0 on ouinhi paper questions "$organisation" --format csv --language fr -o -; says "Question d’apprentissage;Comment soutenir les acteurs ?"
ends_with 0 on ouinhi paper questions "$organisation" --format html --language nl -o "$work/page.html"
grep -q "Tabel met leervragen" "$work/page.html" || fail "the page does not say what it is"
ends_with 65 on ouinhi paper presentation "$organisation" --format csv; says "is no table"
ends_with 66 on ouinhi paper programme "$organisation"; says "takes one of 'Field visit'"
ends_with 64 on ouinhi paper questions "$organisation" --format pdf
on ouinhi edit "$question" organisation=

# What was deleted is shown with its history, and comes back by any number of it.
on ouinhi sync >/dev/null
on ouinhi remove "$organisation"
ends_with 0 on ouinhi show "$organisation"; says "carnet restore $organisation NUMBER"; says "(row) = deleted"
ends_with 65 on ouinhi restore "$organisation" "$(on ouinhi --json show "$organisation" | jq '.history[] | select(.column == "(row)") | .number')"; says "brings it back"
ends_with 0 on ouinhi restore "$organisation" 1
expect "the name that came back" Covè "$(on ouinhi --json show "$organisation" | jq -r .row.name)"
on ouinhi remove "$organisation"
on ouinhi sync >/dev/null

# Nothing to say costs nothing, and a look little.

expect "bytes without a look" 0 "$(on ouinhi --json sync --if-waiting | jq '.bytes_up + .bytes_down')"
look=$(on ouinhi --json sync | jq '.bytes_up + .bytes_down')
[ "$look" -le 850 ] || fail "a look costs $look bytes"

# A conflict, seen by both, settled once.
on ouinhi edit "$id" priority=nice
on laarne edit "$id" priority=like
for device in ouinhi laarne ouinhi; do on $device sync >/dev/null; done
for device in ouinhi laarne; do expect "conflicts on $device" 1 "$(on $device --json conflicts | jq length)"; done
ends_with 0 on laarne conflicts; says "(ouinhi,"; says "(laarne,"
ends_with 66 on laarne resolve "$id" text keep; says "no open conflict"
on laarne resolve "$id" priority must
for device in laarne ouinhi; do on $device sync >/dev/null; done
expect "conflicts" "[]" "$(on ouinhi --json conflicts)"
expect "priority" must "$(on ouinhi --json show "$id" | jq -r .row.priority)"
on ouinhi --json show "$id" | jq -e '[.history[] | select(.column == "priority") | .value] | index("like") != null and index("nice") != null' >/dev/null ||
  fail "the losers are not in the history"

# The relay is away: 75, and the rest follows later.
stop
on ouinhi remove "$id"
ends_with 75 on ouinhi sync; says "cannot be reached"
serve
ends_with 0 on ouinhi sync
ends_with 0 on laarne sync
expect "rows at Laarne" 0 "$(on laarne --json list sub_question | jq length)"

# Export and import; backup and verify.
on laarne export "$work/space.json"
ends_with 0 on ouinhi import "$work/space.json"; says "rows added"
ends_with 65 on ouinhi import "$work/note"; says "is not JSON"
"$relay" backup "$work/copy.db"
ends_with 0 "$relay" --store "$work/copy.db" verify; says "well"
ends_with 0 "$relay" status --json

# The backup comes back: what was written since is given back by the devices, and an old file put back by hand is noticed.
on laarne add learning_question "wording=Écrit après la sauvegarde" >/dev/null
ends_with 0 on laarne sync
stop
ends_with 70 "$relay" restore "$work/copy.db"; says "move it away first"
mkdir "$work/away"; mv "$work"/relay.db* "$work/away"
ends_with 70 "$relay" serve; says "no backup of the store holds it"
cp -p "$work/away/relay.db.key" "$work"
cp "$work/copy.db" "$work/relay.db"
serve
ends_with 75 on laarne sync; says "carnet-relay restore"
stop
rm -f "$work"/relay.db "$work"/relay.db-*
ends_with 0 "$relay" restore "$work/copy.db"; says "devices give back"
serve
ends_with 0 on laarne sync; says "identical"
ends_with 0 on ouinhi sync; says "identical"
expect "Ouinhi has it" 1 "$(on ouinhi --json list learning_question | jq '[.[] | select(.wording | test("après la sauvegarde"))] | length')"

# People, their roles, and what the relay does not take of them.
ends_with 0 "$relay" organisation add Ouinhi
ends_with 70 "$relay" organisation add Ouinhi; says "already"
ends_with 70 "$relay" person add Afi --organisation Nowhere; says "there is no organisation 'Nowhere'"
ends_with 0 "$relay" person add Afi --organisation Ouinhi
ends_with 0 "$relay" member add Afi Ouinhi-Laarne --role coach; says "Afi will receive"; says "nothing was changed"
expect "members" 2 "$("$relay" status --json | jq '.members | length')"
ends_with 0 "$relay" member add Afi Ouinhi-Laarne --role coach --yes
ends_with 70 "$relay" member add Afi Ouinhi-Laarne --role coach --yes; says "a coach of the space already"
ends_with 105 "$relay" member role Afi Ouinhi-Laarne king
ends_with 0 "$relay" device add tablet --person Afi
ends_with 70 "$relay" device add other --person Koffi; says "there is no person 'Koffi'"
on tablet init --invite "$("$relay" invite tablet --address "carnet://127.0.0.1:$port")"
ends_with 0 on tablet sync; says "identical"
on tablet add project name=Marché >/dev/null
ends_with 65 on tablet sync; says "carnet quarantine"
on tablet settings language fr >/dev/null
ends_with 0 on tablet status; says "un coach écrit"
ends_with 0 on tablet quarantine; says "un coach écrit"; says "name: Marché"
number=$(on tablet --json quarantine | jq '.[0].number')
ends_with 65 on tablet quarantine move "$number" --to Ouinhi-Laarne; says "carnet quarantine retry"
ends_with 66 on tablet quarantine drop 99; says "sous le numéro 99"
ends_with 0 "$relay" member role Afi Ouinhi-Laarne writer
ends_with 0 on tablet sync; says "identique"
expect "quarantine" "[]" "$(on tablet --json quarantine)"
question=$(on tablet --json add learning_question "wording=Publiée ?" | jq .id)
ends_with 65 on tablet publish "$question" --to Ouinhi-Laarne; says "se trouve déjà"
ends_with 0 "$relay" person add Koffi
ends_with 0 "$relay" person replace Afi Koffi
ends_with 0 on tablet sync
"$relay" space add Archives --kind municipality >/dev/null
"$relay" member add ouinhi Archives --role writer --yes >/dev/null
ends_with 0 on ouinhi sync
sqlite3 "$work/ouinhi/carnet.db" "INSERT INTO project(space,name,description) SELECT carnet_space.space,value,hex(randomblob(300)) FROM carnet_space,generate_series(1,300) WHERE name='Archives'"
ends_with 0 on ouinhi sync
ends_with 0 "$relay" member add Koffi Archives --role reader; says "301 rows"
told=$(sed -n 's/.*about \([0-9]*\)\.[0-9] KB.*/\1/p' "$work/out")
"$relay" member add Koffi Archives --role reader --yes >/dev/null
came=$(on tablet --json sync | jq '.bytes_down / 1000 | floor')
[ "$told" -gt 80 ] && [ "$came" -ge "$told" ] && [ "$came" -le $((told + 3)) ] || fail "$told KB were told beforehand, $came came"
ends_with 0 "$relay" member remove Koffi Archives
ends_with 0 "$relay" member remove Koffi Ouinhi-Laarne
ends_with 0 on tablet sync; says "vous n'êtes plus membre de Ouinhi-Laarne"
ends_with 0 on tablet status; says "vous n'êtes plus membre de Ouinhi-Laarne"
ends_with 0 "$relay" device lost tablet
ends_with 70 "$relay" invite tablet --address "carnet://127.0.0.1:$port"; says "was reported lost"
ends_with 77 on tablet sync
ends_with 0 "$relay" device found tablet
ends_with 0 "$relay" quota rows 1000 --space Ouinhi-Laarne; says "1000"
ends_with 0 "$relay" quota media-bytes 5000000 --space Ouinhi-Laarne; says "5000000"
ends_with 70 "$relay" quota devices 3 --space Ouinhi-Laarne; says "rows, bytes and media-bytes"
ends_with 105 "$relay" quota photos 3; says "there is no quota 'photos'"
ends_with 0 on ouinhi sync

# An officer keeps accounts by rows, offline, and invites.
ends_with 66 on ouinhi invite tablet; says "no administration space"
ends_with 0 "$relay" space add Administration --kind administration
ends_with 70 "$relay" space add Other --kind administration; says "an administration space already"
ends_with 0 "$relay" member add ouinhi Administration --role admin --yes
ends_with 0 on ouinhi sync; says "you are a member of Administration now"
ends_with 0 on ouinhi sync
expect "people in the administration space" "Afi Koffi laarne ouinhi" "$(on ouinhi --json list account_person | jq -r '[.[].name] | sort | join(" ")')"
on ouinhi add account_person name=Sika organisation=Ouinhi >/dev/null
ends_with 66 on ouinhi add account_device name=phone person=Nobody; says "0 rows of account_person have the name 'Nobody'"
on ouinhi add account_device name=phone person=Sika >/dev/null
on ouinhi add account_member person=Sika in_space=Ouinhi-Laarne role=writer >/dev/null
ends_with 66 on ouinhi invite tablette; says "no device 'tablette'"
ends_with 0 on ouinhi invite phone; says "at the next \`carnet sync\`"
ends_with 75 on ouinhi invite phone; says "has not answered yet"
ends_with 0 on ouinhi sync
on phone init --invite "$(on ouinhi invite phone)"
ends_with 0 on ouinhi invite phone --qr; says "carnet1-"; says "█"
ends_with 0 on phone sync; says "Ouinhi-Laarne: identical"
expect "members" 2 "$("$relay" status --json | jq '[.members[] | select(.name == "Sika" or (.name == "ouinhi" and .role == "admin"))] | length')"
ends_with 0 "$relay" member role Sika Ouinhi-Laarne reader
ends_with 0 on ouinhi sync
expect "the relay's commands show" reader "$(on ouinhi --json list account_member | jq -r --argjson p "$(on ouinhi --json list account_person | jq '.[] | select(.name == "Sika") | .id')" '.[] | select(.person == $p) | .role')"
phone=$(on ouinhi --json list account_device | jq '.[] | select(.name == "phone") | .id')
on ouinhi edit "$phone" state=lost
ends_with 0 on ouinhi sync
ends_with 77 on phone sync
on ouinhi settings language fr >/dev/null
ends_with 0 on ouinhi invite phone
ends_with 0 on ouinhi sync
ends_with 65 on ouinhi invite phone; says "L’appareil est déclaré perdu"
on ouinhi settings language en >/dev/null

# A device that is revoked is turned away and keeps its work, which goes when it is let in again.
ends_with 105 "$relay" device revoke nobody; says "there is no device 'nobody'"
"$relay" device revoke laarne
on laarne add learning_question "wording=Écrit sans droit" >/dev/null
ends_with 77 on laarne sync; says "ask for a new invite"
expect "waits at Laarne" 1 "$(on laarne --json list learning_question | jq '[.[] | select(.wording | test("sans droit"))] | length')"
ends_with 0 on ouinhi sync; says "identical"
stop
echo "all as expected"
