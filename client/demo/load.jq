# From the facts of the partnerships to rows that `carnet import` adds.
#   jq -f load.jq --arg space partnership --arg south Ouinhi     one partnership: both municipalities with all they asked and saw
#   jq -f load.jq --arg space network                            every organisation, every question in its last wording, what was applied
# Ids stand only for references within the file; the device gives its own.
def ids(start): [to_entries[] | .value + {id: (start + .key)}];
def first_monday: . + "-01" | strptime("%Y-%m-%d") | mktime | . + ((8 - (gmtime | .[6])) % 7) * 86400;
def day($n): . + ($n - 1) * 86400 | gmtime | mktime | strftime("%Y-%m-%d");

. as $facts
| (if $space == "network" then $facts.partnerships else [$facts.partnerships[] | select(.south == $south)] end) as $partnerships
| [$partnerships[] | .north, .south] as $names
| ([$facts.municipalities[] | select([.name] | inside($names)) | {table: "organisation", kind: "municipality"} + . ]
   + (if $space == "network" then [$facts.organisations[] | {table: "organisation"} + .] else [] end)
   | map(.languages = ((.languages // []) | join(", ")) | .services = ((.services // []) | join(", "))
         | if .left then .left_on = .left + "-12-31" else . end | del(.left)) | ids(1)) as $organisations
| (reduce $organisations[] as $o ({}; .[$o.name] = $o.id)) as $org
| ([$partnerships[] | {table: "partnership", north: $org[.north], south: $org[.south], theme, status, outcome}] | ids(100)) as $pairs
| ([$facts.learning_questions[] | select($org[.municipality]) | . + {table: "learning_question"}] | ids(200)) as $questions
| [$questions[] | . as $q
   | {table, id, organisation: $org[.municipality], position: (.id - 199), wording: .wordings[-1]},
     (if $space == "network" then empty else
        (.wordings[:-1] | to_entries[] | {table: "wording", id: ($q.id * 100 + .key), question: $q.id, position: (.key + 1), text: .value}),
        (.obstacles | to_entries[] | {table: "obstacle", id: ($q.id * 100 + 20 + .key), question: $q.id, position: (.key + 1), text: .value}),
        (.sub_questions | to_entries[] | {table: "sub_question", id: ($q.id * 100 + 40 + .key), question: $q.id, position: (.key + 1), text: .value.text, priority: .value.priority})
      end),
     (.applied | to_entries[] | {table: "applied", id: ($q.id * 100 + 60 + .key), question: $q.id, text: .value})] as $asked
| [if $space == "network" then empty else $facts.visits[] | select($org[.guest] and $org[.host]) end] as $trips
| [$trips | to_entries[] | (.key * 1000 + 500000) as $id | .value | (.month | first_monday) as $monday
   | {table: "visit", id: $id, guest: $org[.guest], host: $org[.host], starts_on: ($monday | day(1)), ends_on: (.days as $n | $monday | day($n)), title: "Visite de \(.guest) à \(.host)"},
     (.activities | to_entries[]
      | {table: "activity", id: ($id + 10 + .key), visit: $id, position: (.key + 1), day: (.value.day as $n | $monday | day($n)), title: .value.title},
        (if .value.learned then {table: "journal_entry", id: ($id + 50 + .key), visit: $id, activity: ($id + 10 + .key), day: (.value.day as $n | $monday | day($n)),
                                 learned: .value.learned, applicable: .value.applicable, missing: .value.missing} else empty end))] as $seen
| {rows: ($organisations + $pairs + $asked + $seen | map(with_entries(select(.value != null and .value != ""))))}
