// The five questions of the evening: what was learned for each objective, and four about the day as a whole.
import type { Row } from "../../api";
import { mayWrite } from "../../app";
import { Field } from "../../fields/Field";
import { useAllRows, useKeyedForm, useWords } from "../../hooks";
import { todayWords } from "../../words/pages/today";
import { useObjectives } from "./Progress";

export function Evening({ visit, day }: { visit: Row; day: string }) {
  const words = useWords(todayWords);
  const days = useAllRows("visit_day"), learned = useAllRows("objective_day");
  const objectives = useObjectives(visit.id);
  if (!days || !learned) return null;
  const row = days.find((each) => each.visit === visit.id && each.day === day);
  if (!row && !mayWrite("visit_day", visit.space)) return null;
  return (
    <section class="evening">
      <h2>{words.evening}</h2>
      <p class="hint">{words.eveningLead}</p>
      <h3>{words.learnedQuestion}</h3>
      {objectives.length === 0 && <p class="hint">{words.noObjectives} <a href={`#/terms/${visit.id}`}>{words.terms}</a></p>}
      <div class="by-objective">
        {objectives.map((objective) => (
          <Learned key={objective.id} objective={objective} day={day} space={visit.space} row={learned.find((each) => each.objective === objective.id && each.day === day)} />
        ))}
      </div>
      <Whole visit={visit} day={day} row={row} />
    </section>
  );
}

function Learned({ objective, day, space, row }: { objective: Row; day: string; space: number; row: Row | undefined }) {
  const form = useKeyedForm("objective_day", space, { objective: objective.id, day }, row);
  return <Field form={form} column="learned" label={String(objective.text ?? "")} />;
}

function Whole({ visit, day, row }: { visit: Row; day: string; row: Row | undefined }) {
  const form = useKeyedForm("visit_day", visit.space, { visit: visit.id, day }, row);
  return (
    <>
      <Field form={form} column="unexpected" />
      <Field form={form} column="contributed" />
      <Field form={form} column="difficulties" />
      <Field form={form} column="meaning" />
    </>
  );
}
