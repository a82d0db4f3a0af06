// Which sub-questions something serves: a row of the link table for each. Ticked and unticked at once; those of the guest's questions first.
import type { Row } from "./api";
import { api, complain, mayWrite, remove, store } from "./app";
import { askedBy, type Asked } from "./asked";
import { useRows } from "./hooks";
import { Priority } from "./Priority";
import { titleOf } from "./titles";

// The links of one owner, and what a tick does.
export function useServes(table: string, column: string) {
  const links = useRows(table, "everywhere");
  const find = (owner: Row, question: Row) => links?.find((each) => each[column] === owner.id && each.sub_question === question.id);
  const set = async (owner: Row, question: Row, on: boolean) => {
    const link = find(owner, question);
    try {
      if (!on && link) await remove(link);
      else if (on && !link) store.show((await api.add({ table, space: owner.space, fields: { [column]: owner.id, sub_question: question.id } })).row);
    } catch (error) {
      complain(error);
    }
  };
  return { links, find, set };
}

interface SubQuestionsProps {
  table: string; // the link table
  column: string; // its column that names the owner
  owner: Row;
  legend: string;
  guest?: unknown; // whose questions are meant; without it, all
  question?: number; // only those of this one
}

export function SubQuestions({ table, column, owner, legend, guest, question }: SubQuestionsProps) {
  const { links, find, set } = useServes(table, column);
  const questions = useRows("learning_question", "everywhere"), subQuestions = useRows("sub_question", "everywhere");
  const here = (rows: readonly Row[] | null) => (rows ?? []).filter((each) => each.space === owner.space);
  const asked = askedBy(guest, here(questions), here(subQuestions)).filter((each) => question === undefined || each.question.id === question);
  if (!links || asked.length === 0) return null;
  const may = mayWrite(table, owner.space);
  const begins = ({ question: of }: Asked, index: number) => question === undefined && asked[index - 1]?.question !== of;
  return (
    <fieldset class="field ticks">
      <legend class="field-label">{legend}</legend>
      {asked.map((each, index) => (
        <div key={each.row.id}>
          {begins(each, index) && <p class="ticks-of hint">{titleOf(each.question)}</p>}
          <label class="tick">
            <input type="checkbox" checked={find(owner, each.row) !== undefined} disabled={!may} onChange={(event) => void set(owner, each.row, event.currentTarget.checked)} />
            <span>{each.row.text} <Priority of={each.row} /></span>
          </label>
        </div>
      ))}
    </fieldset>
  );
}
