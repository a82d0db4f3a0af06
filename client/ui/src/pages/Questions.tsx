// Tool 5: a municipality's learning questions, each with its obstacles and sub-questions, how it evolved, and what was applied.
import type { Row } from "../api";
import { mayWrite, remove, space } from "../app";
import { Comments } from "../comments";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { Ordered } from "../fields/Ordered";
import { Remove } from "../fields/Remove";
import { Growing } from "../growing";
import { useLive, useRowForm, useRows, useWords } from "../hooks";
import { MunicipalitySheet } from "../MunicipalitySheet";
import { inOrder, lastPosition } from "../order";
import type { Owner } from "../owners";
import { titleOf } from "../titles";
import { questionsWords } from "../words/pages/questions";
import { Evolution } from "./Evolution";
import "./Questions.css";

export function Questions({ params }: { params: Record<string, string> }) {
  const words = useWords(questionsWords);
  return (
    <MunicipalitySheet page="questions" table="learning_question" title={words.title} rows="learning_question" tool="questions" sheet wanted={params.id}>
      {(owner, isTheirs) => <Of key={owner?.id ?? 0} owner={owner} isTheirs={isTheirs} />}
    </MunicipalitySheet>
  );
}

function Of({ owner, isTheirs }: { owner: Owner; isTheirs(row: Row): boolean }) {
  const words = useWords(questionsWords);
  const here = useLive(space);
  const questions = inOrder((useRows("learning_question") ?? []).filter(isTheirs));
  return (
    <>
      {questions.length === 0 && <p>{words.first}</p>}
      <Growing of={questions}>{(question, index) => <Question key={question.id} question={question} number={index + 1} />}</Growing>
      <AddRow table="learning_question" space={here} preset={{ ...(owner === null ? {} : { organisation: owner.id }), position: lastPosition(questions) }} label={words.add} />
    </>
  );
}

function Question({ question, number }: { question: Row; number: number }) {
  const words = useWords(questionsWords);
  const form = useRowForm(question);
  return (
    <section class="question" data-row={question.id} aria-label={words.question(number)}>
      <div class="with-talk"><h2>{words.question(number)}</h2><Comments row={question} /></div>
      <div class="question-wording"><Field form={form} column="wording" hideLabel placeholder={words.example} /></div>
      <Evolution question={question} />
      <Parts question={question} table="obstacle" title={words.obstacles} add={words.addObstacle} />
      <Parts question={question} table="sub_question" title={words.subQuestions} add={words.addSubQuestion} also="priority" />
      <Parts question={question} table="applied" title={words.applied} add={words.addApplied} also="since" />
      {mayWrite("learning_question", question.space) && <p><button class="quiet" aria-label={`${words.remove} : ${titleOf(question)}`} onClick={() => void remove(question)}>{words.remove}</button></p>}
    </section>
  );
}

interface PartsProps {
  question: Row;
  table: string;
  title: string;
  add: string;
  also?: string;
}

function Parts({ question, table, title, add, also }: PartsProps) {
  const rows = (useRows(table) ?? []).filter((each) => each.question === question.id);
  const isOrdered = table !== "applied";
  return (
    <section>
      <h3>{title}</h3>
      {isOrdered ? <Ordered rows={rows} numbered render={(row) => <Part key={row.id} row={row} also={also} />} /> : <ul>{rows.map((row) => <Applied key={row.id} row={row} also={also} />)}</ul>}
      <AddRow table={table} space={question.space} preset={{ question: question.id, ...(isOrdered ? { position: lastPosition(rows) } : {}) }} label={add} />
    </section>
  );
}

function Part({ row, also }: { row: Row; also: string | undefined }) {
  const form = useRowForm(row);
  return (
    <div class={also && `with-${also}`}>
      <Field form={form} column="text" hideLabel lines={1} />
      {also && <Field form={form} column={also} hideLabel={also === "priority"} />}
    </div>
  );
}

// What was applied has no order but that of time.
function Applied({ row, also }: { row: Row; also: string | undefined }) {
  return (
    <li class="applied" data-row={row.id}>
      <Part row={row} also={also} />
      <div class="row-tools">
        <Comments row={row} />
        <Remove row={row} />
      </div>
    </li>
  );
}
