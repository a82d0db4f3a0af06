// How far each sub-question came that the activity serves: a score for the day, from nothing to a revelation.
import type { Row } from "../../api";
import { objectiveFor } from "../../day";
import { Field } from "../../fields/Field";
import { useAllRows, useKeyedForm, useWords } from "../../hooks";
import { inOrder } from "../../order";
import { todayWords } from "../../words/pages/today";
import { useServed } from "./Activity";

export function useObjectives(visit: number): Row[] {
  const terms = useAllRows("terms"), objectives = useAllRows("objective");
  const ofVisit = new Set((terms ?? []).filter((each) => each.visit === visit).map((each) => each.id));
  return inOrder((objectives ?? []).filter((each) => ofVisit.has(Number(each.terms))));
}

export function Progress({ activity, visit, day }: { activity: Row; visit: Row; day: string }) {
  const words = useWords(todayWords);
  const served = inOrder(useServed(activity.id));
  const objectives = useObjectives(visit.id);
  const links = useAllRows("objective_sub_question"), scores = useAllRows("progress");
  if (served.length === 0 || !links || !scores) return null;
  return (
    <div class="served">
      <h4>{words.serves}</h4>
      <ul>
        {served.map((question) => {
          const objective = objectiveFor(question, objectives, links);
          return (
            <li key={question.id}>
              {objective ? <Score {...{ question, objective, day, space: visit.space, scores }} /> : <><p>{question.text}</p><p class="hint">{words.noObjective}</p></>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Score({ question, objective, day, space, scores }: { question: Row; objective: Row; day: string; space: number; scores: readonly Row[] }) {
  const row = scores.find((each) => each.objective === objective.id && each.sub_question === question.id && each.day === day);
  const form = useKeyedForm("progress", space, { objective: objective.id, sub_question: question.id, day }, row);
  return <Field form={form} column="score" label={String(question.text ?? "")} />;
}
