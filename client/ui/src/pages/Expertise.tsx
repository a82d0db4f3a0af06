// What each municipality asks of its partner and can offer, side by side.
import type { Row } from "../api";
import { mayWrite, remove, schema, space } from "../app";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { useCommon, useLive, useRowForm, useRows, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { titleOf } from "../titles";
import { language } from "../words";
import { besideWords } from "../words/pages/beside";
import "./Beside.css";

export function Expertise() {
  const words = useWords(besideWords);
  const speaks = useLive(language), here = useLive(space);
  const rows = useRows("expertise");
  if (!rows) return <Sheet title={words.expertise} wide />;
  const { help, columns } = schema.table("expertise");
  const directions = columns.find(({ name }) => name === "direction")?.choices ?? [];
  return (
    <Sheet title={words.expertise} lead={help[speaks]} wide>
      <div class="two-columns">
        {directions.map(({ code, label }) => (
          <section key={code}>
            <h2>{label[speaks]}</h2>
            {rows.filter(({ direction }) => direction === code).map((row) => <Card key={row.id} row={row} />)}
            <AddRow table="expertise" space={here} preset={{ direction: code, state: "open" }} label={code === "asked" ? words.addAsked : words.addOffered} />
          </section>
        ))}
      </div>
    </Sheet>
  );
}

function Card({ row }: { row: Row }) {
  const words = useCommon().list;
  const form = useRowForm(row);
  return (
    <article class="card" data-row={row.id}>
      {mayWrite("expertise", row.space) && <button type="button" class="icon quiet card-remove" aria-label={`${words.remove} : ${titleOf(row)}`} onClick={() => void remove(row)}>×</button>}
      <Field form={form} column="subject" />
      <Field form={form} column="organisation" />
      <Field form={form} column="description" />
      <Field form={form} column="state" />
      <Field form={form} column="answered_by" />
    </article>
  );
}
