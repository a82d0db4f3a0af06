// Every version of a row, or of one of its cells: who, when, and what differs from the one before; any of them can be brought back.
import { useEffect, useState } from "preact/hooks";
import type { Row, Wording } from "../api";
import { api, complain, mayWrite, schema, store } from "../app";
import { ApiError } from "../api";
import { columnLabel, readable } from "../cells";
import { Differences } from "../Differences";
import { useLive, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { titleOf } from "../titles";
import { toast } from "../toasts";
import { language, moment } from "../words";
import { historyWords } from "../words/pages/history";
import "./History.css";

interface Known {
  row: Row;
  all: Wording[];
}

// The history of a row, read again when something of it changes here. undefined: being read; null: no such row.
function useHistory(id: number): Known | null | undefined {
  const [known, setKnown] = useState<Known | null>();
  const table = known?.row.table;
  useEffect(() => {
    let shown = true;
    const read = () => Promise.all([api.row(id), api.history(id)]).then(
      ([{ row }, all]) => shown && setKnown({ row, all }),
      (error) => { if (error instanceof ApiError && error.status === 404) setKnown(null); else complain(error); });
    void read();
    if (!table) return () => { shown = false; };
    const stop = [store.follow([table]), store.live(table).follow(read)];
    return () => { shown = false; for (const each of stop) each(); };
  }, [id, table]);
  return known;
}

export function History({ params }: { params: Record<string, string> }) {
  const words = useWords(historyWords);
  useLive(language);
  const id = Number(params.id), only = params.column;
  const known = useHistory(id);
  if (known === null) return <Sheet title={words.title("")}><p>{words.unknown}</p></Sheet>;
  if (!known) return <Sheet title={words.title("…")} />;
  const { row, all } = known;
  const shown = all.filter(({ column }) => column !== "position" && (!only || column === only));
  const back = async (number: number) => {
    try {
      store.show((await api.restore(id, number)).row);
      toast(words.restored);
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Sheet title={words.title(only ? columnLabel(row.table, only) : titleOf(row))} lead={words.lead}
      above={<p class="above"><a href={`#/row/${id}`}>{schema.table(row.table).label[language.now]} : {titleOf(row)}</a></p>}
      tools={only ? <a href={`#/history/${id}`}>{words.all}</a> : undefined}>
      {shown.length === 0 ? <p>{words.none}</p> : (
        <ol class="versions">
          {shown.map((each) => <Version key={each.number} row={row} each={each} before={earlier(all, each)} back={back} alone={only !== undefined} />)}
        </ol>
      )}
    </Sheet>
  );
}

// The version of the same cell that was written before this one.
const earlier = (all: Wording[], { column, number }: Wording) => all.find((each) => each.column === column && each.number < number);

interface VersionProps {
  row: Row;
  each: Wording;
  before: Wording | undefined;
  alone: boolean;
  back(number: number): void;
}

function Version({ row, each, before, alone, back }: VersionProps) {
  const words = useWords(historyWords);
  const declared = schema.find(row.table, each.column);
  const isProse = declared?.type === "prose";
  return (
    <li class={each.standing ? "version standing" : "version"}>
      <p class="version-head">
        <span><b>{each.merged ? words.merged : each.by}</b>, <time>{moment(each.written)}</time></span>
        {each.standing && <span class="tag">{words.standing}</span>}
      </p>
      {!alone && <p class="hint">{declared ? <a href={`#/history/${row.id}/${each.column}`} title={words.only(columnLabel(row.table, each.column))}>{columnLabel(row.table, each.column)}</a> : columnLabel(row.table, null)}</p>}
      {!declared ? <p class="wording">{Number(each.value) === 0 ? words.deleted : words.created}</p>
        : isProse && before ? <Differences before={String(before.value ?? "")} after={String(each.value ?? "")} />
        : <p class="wording">{each.value === null || each.value === "" ? words.empty : readable(row.table, each.column, each.value)}</p>}
      {!each.standing && declared && mayWrite(row.table, row.space) && <button class="quiet" onClick={() => back(each.number)}>{words.restore}</button>}
    </li>
  );
}
