// Meetings between partners: the latest first, and one with its participants, report and decisions.
import type { Row } from "../api";
import { autosave, mayWrite, remove, schema, space } from "../app";
import { readable } from "../cells";
import { Comments } from "../comments";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { Remove } from "../fields/Remove";
import { useAllRows, useLive, useRowForm, useRows, useWords } from "../hooks";
import { Media } from "../Media";
import { PaperLinks } from "../PaperLinks";
import { mediaWords } from "../words/pages/media";
import { go } from "../router";
import { isBlank } from "../schema";
import { Sheet } from "../shell/Sheet";
import { titleOf } from "../titles";
import { dayShort, language, today } from "../words";
import { besideWords } from "../words/pages/beside";
import "./Beside.css";

export function Exchanges({ params }: { params: Record<string, string> }) {
  return params.id ? <One id={Number(params.id)} /> : <All />;
}

function All() {
  const words = useWords(besideWords);
  const speaks = useLive(language), here = useLive(space);
  const rows = useRows("exchange");
  const begin = () => {
    const form = autosave.begin("exchange", here, { held_on: today() });
    if (form) go(`exchanges/${form.id}`);
  };
  const latest = [...(rows ?? [])].sort((a, b) => String(b.held_on ?? "").localeCompare(String(a.held_on ?? "")) || b.id - a.id);
  return (
    <Sheet title={words.exchanges} lead={schema.table("exchange").help[speaks]}>
      <ul class="parts">
        {latest.map((row) => (
          <li key={row.id}>
            <a href={`#/exchanges/${row.id}`}>{isBlank(row.subject) ? readable("exchange", "kind", row.kind ?? null) : titleOf(row)}</a>{" "}
            <span class="hint">{[isBlank(row.held_on) ? words.noDate : dayShort(String(row.held_on)), isBlank(row.subject) ? null : readable("exchange", "kind", row.kind ?? null), isBlank(row.decisions) ? null : words.decisions].filter((each) => each !== null && each !== "—").join(" · ")}</span>
          </li>
        ))}
      </ul>
      {mayWrite("exchange", here) && <p class="begin"><button class="main" onClick={begin}>{words.addExchange}</button></p>}
    </Sheet>
  );
}

function One({ id }: { id: number }) {
  const words = useWords(besideWords);
  const rows = useAllRows("exchange");
  const row = rows?.find((each) => each.id === id);
  if (!rows) return <Sheet title={words.exchanges} />;
  if (!row) return <Sheet title={words.exchanges}><p>{words.unknown} <a href="#/exchanges">{words.allExchanges}</a></p></Sheet>;
  return <Whole key={id} row={row} />;
}

function Whole({ row }: { row: Row }) {
  const words = useWords(besideWords), media = useWords(mediaWords);
  const speaks = useLive(language);
  const form = useRowForm(row);
  const participants = (useAllRows("participant") ?? []).filter((each) => each.exchange === row.id);
  const drop = async () => {
    await remove(row);
    go("exchanges");
  };
  return (
    <Sheet title={isBlank(row.subject) ? schema.table("exchange").label[speaks] : titleOf(row)} above={<p class="above"><a href="#/exchanges">{words.allExchanges}</a></p>} tools={<><PaperLinks tool="exchange" id={row.id} /><Comments row={row} /></>}>
      <Field form={form} column="subject" />
      <Field form={form} column="kind" />
      <Field form={form} column="held_on" />
      <h2>{words.participants}</h2>
      <ul class="participants">{participants.map((each) => <Participant key={each.id} row={each} />)}</ul>
      <AddRow table="participant" space={row.space} preset={{ exchange: row.id }} label={words.addParticipant} />
      <h2>{schema.column("exchange", "report").label[speaks]}</h2>
      <Field form={form} column="report" hideLabel />
      <h2>{schema.column("exchange", "decisions").label[speaks]}</h2>
      <Field form={form} column="decisions" hideLabel />
      <h2>{media.title}</h2>
      <Media of={row} />
      {mayWrite("exchange", row.space) && <p><button class="quiet" onClick={() => void drop()}>{words.remove}</button></p>}
    </Sheet>
  );
}

function Participant({ row }: { row: Row }) {
  const form = useRowForm(row);
  return (
    <li class="pair participant" data-row={row.id}>
      <Field form={form} column="person" />
      <Field form={form} column="name" />
      <Field form={form} column="function" />
      <Remove row={row} />
    </li>
  );
}
