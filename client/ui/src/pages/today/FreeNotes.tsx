// What was noted on the day beside any activity.
import type { Row } from "../../api";
import { Field } from "../../fields/Field";
import { Remove } from "../../fields/Remove";
import { Media } from "../../Media";
import { useRowForm, useWords } from "../../hooks";
import { todayWords } from "../../words/pages/today";

export function FreeNotes({ entries }: { entries: Row[] }) {
  const words = useWords(todayWords);
  if (entries.length === 0) return null;
  return (
    <section>
      <h2>{words.freeNotes}</h2>
      {entries.map((entry) => <Note key={entry.id} row={entry} column="learned" />)}
    </section>
  );
}

export function Note({ row, column }: { row: Row; column: string }) {
  const form = useRowForm(row);
  return (
    <div class="note">
      <Field form={form} column={column} hideLabel />
      <Remove row={row} />
      <Media of={row} adds={false} />
    </div>
  );
}
