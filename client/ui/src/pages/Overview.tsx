// How the questions of every municipality on this device went: the first wording, the wording of now, and what was put into practice.
import type { Row } from "../api";
import { Differences } from "../Differences";
import { Growing } from "../growing";
import { useAllRows, useWords } from "../hooks";
import { inOrder } from "../order";
import { isBlank } from "../schema";
import { Sheet } from "../shell/Sheet";
import { dayShort } from "../words";
import { besideWords } from "../words/pages/beside";
import "./Beside.css";

export function Overview() {
  const words = useWords(besideWords);
  const questions = useAllRows("learning_question"), organisations = useAllRows("organisation");
  const wordings = useAllRows("wording"), applied = useAllRows("applied");
  if (!questions || !organisations || !wordings || !applied) return <Sheet title={words.overview} lead={words.overviewLead} wide />;
  const owners = [...new Set(questions.map((each) => each.organisation ?? null))];
  const name = (owner: unknown) => String(organisations.find((each) => each.id === owner)?.name ?? words.nobody);
  owners.sort((a, b) => name(a).localeCompare(name(b)));
  return (
    <Sheet title={words.overview} lead={words.overviewLead} wide>
      {questions.length === 0 && <p>{words.noQuestions}</p>}
      {owners.map((owner) => (
        <section key={owner}>
          <h2>{name(owner)}</h2>
          <Growing of={inOrder(questions.filter((each) => (each.organisation ?? null) === owner))}>{(question) => (
            <Question key={question.id} question={question}
              earlier={inOrder(wordings.filter((each) => each.question === question.id))} applied={applied.filter((each) => each.question === question.id)} />
          )}</Growing>
        </section>
      ))}
    </Sheet>
  );
}

function Question({ question, earlier, applied }: { question: Row; earlier: Row[]; applied: Row[] }) {
  const words = useWords(besideWords);
  const first = earlier[0], now = String(question.wording ?? "");
  return (
    <article class="overview">
      <div>
        <p class="hint">{words.first}</p>
        <p class="wording">{first ? first.text : now}</p>
      </div>
      <div>
        <p class="hint"><a href={`#/questions/${question.organisation ?? ""}`}>{words.last}</a> {words.steps(earlier.length)}</p>
        {first ? <Differences before={String(first.text ?? "")} after={now} show="after" /> : <p class="hint">{words.unchanged}</p>}
      </div>
      <div>
        <p class="hint">{words.applied}</p>
        {applied.length === 0 ? <p class="hint">{words.notApplied}</p> : (
          <ul>{applied.map((each) => <li key={each.id} class="wording">{each.text}{!isBlank(each.since) && <span class="hint"> {words.since(dayShort(String(each.since)))}</span>}</li>)}</ul>
        )}
      </div>
    </article>
  );
}
