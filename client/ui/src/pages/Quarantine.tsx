// What one side did not accept: kept, with the reason, and what can be done about it.
import { useEffect, useState } from "preact/hooks";
import type { Row, SetAside } from "../api";
import { api, changes, complain, device, schema } from "../app";
import { useLive, useWords } from "../hooks";
import { titleOf } from "../titles";
import { language, moment } from "../words";
import { syncWords } from "../words/pages/sync";

export function Quarantine() {
  const words = useWords(syncWords);
  const changed = useLive(changes);
  const [all, setAll] = useState<SetAside[]>([]);
  const read = () => void api.quarantine().then(setAll, complain);
  useEffect(read, [changed]);
  if (all.length === 0) return null;
  return (
    <section class="quarantine">
      <h2>{words.quarantine}</h2>
      <p class="lead">{words.quarantineLead}</p>
      <ol class="conflicts">{all.map((each) => <Kept key={each.number} each={each} again={read} />)}</ol>
    </section>
  );
}

function Kept({ each, again }: { each: SetAside; again(): void }) {
  const words = useWords(syncWords);
  const speaks = useLive(language);
  const spaces = (useLive(device)?.spaces ?? []).filter(({ space, role }) => space !== each.space && role !== "reader");
  const [sure, setSure] = useState(false);
  const act = (wish: { do: "retry" | "move" | "drop"; space?: number }) => void api.release(each.number, wish).then(again, complain);
  return (
    <li class="conflict">
      <p>{each.reason} <span class="hint">{moment(each.at)}</span></p>
      <ul class="parts">
        {each.rows.map((row) => (
          <li key={row.id}>{schema.has(row.table) ? schema.table(row.table).label[speaks] : row.table} : {"space" in row ? <a href={`#/row/${row.id}`}>{titleOf(row as Row)}</a> : row.id}</li>
        ))}
      </ul>
      <p class="third-choice">
        {!each.aside && each.up && <button onClick={() => act({ do: "retry" })}>{words.retry}</button>}
        {each.up && spaces.length > 0 && (
          <select aria-label={words.move} value="" onChange={(event) => act({ do: "move", space: Number(event.currentTarget.value) })}>
            <option value="">{words.move}</option>
            {spaces.map(({ space, name }) => <option key={space} value={space}>{name}</option>)}
          </select>
        )}
        <button class="quiet" onClick={() => (sure ? act({ do: "drop" }) : setSure(true))} onBlur={() => setSure(false)}>{sure ? words.dropSure : words.drop}</button>
      </p>
    </li>
  );
}
