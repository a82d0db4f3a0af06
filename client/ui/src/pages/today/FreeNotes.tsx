// What was noted on the day beside any activity.
import type { Row } from "../../api";
import { mayWrite, remove } from "../../app";
import { Field } from "../../fields/Field";
import { useCommon, useRowForm, useWords } from "../../hooks";
import { titleOf } from "../../titles";
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
  const words = useCommon().list;
  return (
    <div class="note">
      <Field form={form} column={column} hideLabel />
      {mayWrite(row.table, row.space) && <button type="button" class="icon quiet" aria-label={`${words.remove} : ${titleOf(row)}`} onClick={() => void remove(row)}>×</button>}
    </div>
  );
}
