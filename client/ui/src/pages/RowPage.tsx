// Any row by itself, as the schema declares it: what search, conflicts and references lead to.
import { useEffect, useState } from "preact/hooks";
import { ApiError, type Column, type Row, type Table } from "../api";
import { api, complain, schema, store } from "../app";
import { Comments } from "../comments";
import { Field } from "../fields/Field";
import { useAllRows, useLive, useRow, useRowForm, useWords } from "../hooks";
import { Media } from "../Media";
import { Shown } from "../media/View";
import { inOrder } from "../order";
import { Sheet } from "../shell/Sheet";
import { titleOf } from "../titles";
import { language } from "../words";
import { rowWords } from "../words/pages/row";

export function RowPage({ params }: { params: Record<string, string> }) {
  const words = useWords(rowWords);
  const id = Number(params.id);
  const [table, setTable] = useState<string | null>();
  useEffect(() => {
    api.row(id).then(({ row }) => { setTable(row.table); store.show(row); },
      (error) => { if (error instanceof ApiError && error.status === 404) setTable(null); else complain(error); });
  }, [id]);
  if (table === undefined) return <Sheet title={words.title} />;
  if (table === null) return <Sheet title={words.title}><p>{words.unknown}</p></Sheet>;
  return <Known key={id} table={table} id={id} />;
}

function Known({ table, id }: { table: string; id: number }) {
  const words = useWords(rowWords);
  const rows = useAllRows(table);
  const row = useRow(table, id);
  if (!rows) return <Sheet title={words.title} />;
  return row ? <Whole row={row} /> : <Sheet title={words.title}><p>{words.unknown}</p></Sheet>;
}

const unseen = new Set(["position", "about", "about_table", "original_wanted"]);
const isShown = ({ name, owner, type }: Column) => !owner && type !== "media" && type !== "preview" && !unseen.has(name);

function Whole({ row }: { row: Row }) {
  const words = useWords(rowWords);
  const speaks = useLive(language);
  const form = useRowForm(row);
  const table = schema.table(row.table);
  return (
    <Sheet title={titleOf(row)} tools={<><Comments row={row} /><a href={`#/history/${row.id}`}>{words.history}</a></>} above={<p class="above">{table.label[speaks]}<Owners row={row} /></p>}>
      {row.table === "media" && <Shown row={row} />}
      {table.columns.filter(isShown).map(({ name }) => <Field key={name} form={form} column={name} />)}
      {row.table !== "media" && <Media of={row} />}
      <Parts row={row} />
    </Sheet>
  );
}

// What the row is part of, or about.
function Owners({ row }: { row: Row }) {
  const owners = schema.table(row.table).columns.filter(({ owner, target }) => owner && target);
  const about = schema.numbered(Number(row.about_table ?? 0));
  return (
    <>
      {owners.map(({ name, target }) => <Owner key={name} table={target!} id={Number(row[name])} />)}
      {about && typeof row.about === "number" && <Owner table={about.name} id={row.about} />}
    </>
  );
}

function Owner({ table, id }: { table: string; id: number }) {
  const words = useWords(rowWords);
  const row = useRow(table, id);
  return row ? <> · {words.of} <a href={`#/row/${id}`}>{titleOf(row)}</a></> : null;
}

function Parts({ row }: { row: Row }) {
  return <>{schema.parts(row.table).map(({ table, by }) => <PartsIn key={table.name} row={row} table={table} by={by} />)}</>;
}

function PartsIn({ row, table, by }: { row: Row; table: Table; by: Column }) {
  const speaks = useLive(language);
  const rows = useAllRows(table.name);
  const parts = inOrder((rows ?? []).filter((each) => each[by.name] === row.id));
  if (parts.length === 0) return null;
  return (
    <section>
      <h2>{table.label[speaks]}</h2>
      <ul class="parts">{parts.map((each) => <li key={each.id}><a href={`#/row/${each.id}`}>{titleOf(each)}</a></li>)}</ul>
    </section>
  );
}
