// Which sub-questions something serves: a row of the link table for each. Ticked and unticked at once; the most wanted first.
import type { Row } from "./api";
import { api, complain, mayWrite, remove, schema, store } from "./app";
import { useLive, useRows } from "./hooks";
import { inOrder } from "./order";
import { language } from "./words";

interface SubQuestionsProps {
  table: string; // the link table
  column: string; // its column that names the owner
  owner: Row;
  legend: string;
}

export function SubQuestions({ table, column, owner, legend }: SubQuestionsProps) {
  const speaks = useLive(language);
  const links = useRows(table, "everywhere");
  const questions = inOrder((useRows("sub_question", "everywhere") ?? []).filter((each) => each.space === owner.space));
  if (!links || questions.length === 0) return null;
  const served = new Map(links.filter((each) => each[column] === owner.id).map((each) => [each.sub_question, each]));
  const may = mayWrite(table, owner.space);
  const set = async (question: Row, on: boolean) => {
    const link = served.get(question.id);
    try {
      if (!on && link) await remove(link);
      else if (on && !link) store.show((await api.add({ table, space: owner.space, fields: { [column]: owner.id, sub_question: question.id } })).row);
    } catch (error) {
      complain(error);
    }
  };
  const priorities = schema.column("sub_question", "priority").choices ?? [];
  return (
    <fieldset class="field ticks">
      <legend class="field-label">{legend}</legend>
      {questions.map((each) => (
        <label key={each.id} class="tick">
          <input type="checkbox" checked={served.has(each.id)} disabled={!may} onChange={(event) => void set(each, event.currentTarget.checked)} />
          <span>{each.text} <small class="hint">{priorities.find(({ code }) => code === each.priority)?.label[speaks]}</small></span>
        </label>
      ))}
    </fieldset>
  );
}
