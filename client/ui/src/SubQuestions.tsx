// Which sub-questions something serves: a row of the link table for each. Ticked and unticked at once; those of the guest's questions first.
import type { Row } from "./api";
import { api, autosave, complain, mayWrite, remove, store } from "./app";
import { askedBy, type Asked } from "./asked";
import { useAllRows } from "./hooks";
import { Priority } from "./Priority";
import { titleOf } from "./titles";

// The links of one owner, and what a tick does.
export function useServes(table: string, column: string) {
  const links = useAllRows(table);
  const is = (link: Row, owner: Row, question: Row) => link[column] === owner.id && link.sub_question === question.id;
  const find = (owner: Row, question: Row) => links?.find((each) => is(each, owner, question));
  const set = (owner: Row, question: Row, on: boolean) => {
    const fields = { [column]: owner.id, sub_question: question.id };
    const shown = on && !find(owner, question) ? --shownFirst : null; // until the server has given it an id
    if (shown !== null) store.overlay(table, shown, owner.space, fields);
    const write = async () => {
      const link = store.live(table).now?.find((each) => each.id > 0 && is(each, owner, question));
      try {
        if (!on && link) await remove(link);
        else if (on && !link && await autosave.stand(fields)) store.show((await api.add({ table, space: owner.space, fields })).row);
      } catch (error) {
        complain(error);
      } finally {
        if (shown !== null) store.overlay(table, shown, owner.space, null);
      }
    };
    ticks = ticks.then(write, write);
  };
  return { links, find, set };
}
let ticks = Promise.resolve(), shownFirst = 0; // one after the other, as people touch them

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
  const questions = useAllRows("learning_question"), subQuestions = useAllRows("sub_question");
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
            <input type="checkbox" checked={find(owner, each.row) !== undefined} disabled={!may} onChange={(event) => set(owner, each.row, event.currentTarget.checked)} />
            <span>{each.row.text} <Priority of={each.row} /></span>
          </label>
        </div>
      ))}
    </fieldset>
  );
}
