// Tool 7: the terms of reference of a visit, from the context to the signature.
import type { Row } from "../api";
import { api, complain, mayWrite, schema, store } from "../app";
import { Comments } from "../comments";
import { byHour, daysOf } from "../day";
import { AddByName } from "../fields/AddByName";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { Ordered } from "../fields/Ordered";
import { useAllRows, useKeyedForm, useLive, useRowForm, useWords } from "../hooks";
import { inOrder, lastPosition } from "../order";
import { isBlank } from "../schema";
import { SubQuestions } from "../SubQuestions";
import { titleOf } from "../titles";
import { VisitSheet } from "../VisitSheet";
import { dayInWords, language } from "../words";
import { programmeWords } from "../words/pages/programme";
import { Agreement } from "./Agreement";
import { hoursOf } from "./ProgrammeActivity";
import "./Programme.css";
import "./Terms.css";

export function Terms({ params }: { params: Record<string, string> }) {
  const words = useWords(programmeWords);
  return (
    <VisitSheet page="terms" table="terms" title={words.termsTitle} tool="terms" wanted={params.id}>
      {(visit) => <Of key={visit.id} visit={visit} />}
    </VisitSheet>
  );
}

function Of({ visit }: { visit: Row }) {
  const words = useWords(programmeWords);
  const all = useAllRows("terms");
  if (!all) return null;
  const terms = all.find((each) => each.visit === visit.id);
  if (terms) return <Whole key={terms.id} terms={terms} visit={visit} />;
  if (!mayWrite("terms", visit.space)) return null;
  const begin = async () => {
    try {
      store.show((await api.add({ table: "terms", space: visit.space, fields: { visit: visit.id, state: "draft" } })).row);
    } catch (error) {
      complain(error);
    }
  };
  return <p><button class="main" onClick={() => void begin()}>{words.beginTerms}</button></p>;
}

function Whole({ terms, visit }: { terms: Row; visit: Row }) {
  const words = useWords(programmeWords);
  const speaks = useLive(language);
  const form = useRowForm(terms);
  const heading = (column: string) => schema.column("terms", column).label[speaks];
  return (
    <>
      <div class="with-talk"><h2>{heading("context")}</h2><Comments row={terms} /></div>
      <Field form={form} column="context" hideLabel />
      <h2>{words.objectives}</h2>
      <Objectives terms={terms} visit={visit} />
      <h2>{words.programme}</h2>
      <Days terms={terms} visit={visit} />
      <h2>{heading("local_context")}</h2>
      <Field form={form} column="local_context" hideLabel />
      <h2>{words.delegation}</h2>
      <Delegation terms={terms} guest={visit.guest} />
      <h2>{words.agreement}</h2>
      <Agreement terms={terms} visit={visit} />
    </>
  );
}

// Under each question of the guest its objectives, and last those that belong to none of them.
function Objectives({ terms, visit }: { terms: Row; visit: Row }) {
  const words = useWords(programmeWords);
  const questions = useAllRows("learning_question");
  const objectives = (useAllRows("objective") ?? []).filter((each) => each.terms === terms.id);
  if (!questions) return null;
  const own = inOrder(questions.filter((each) => each.space === visit.space && each.organisation === visit.guest));
  const others = objectives.filter(({ question }) => !own.some(({ id }) => id === question));
  return (
    <>
      {own.length === 0 && <p class="hint">{words.noQuestions} <a href={`#/questions/${visit.guest ?? ""}`}>{words.toQuestions}</a></p>}
      {own.map((question, index) => (
        <section key={question.id} class="terms-question">
          <h3>{index + 1}. {question.wording}</h3>
          <Under terms={terms} objectives={objectives.filter((each) => each.question === question.id)} all={objectives} question={question} />
        </section>
      ))}
      {(others.length > 0 || own.length === 0) && (
        <section class="terms-question">
          {own.length > 0 && <h3>{words.otherObjectives}</h3>}
          <Under terms={terms} objectives={others} all={objectives} question={undefined} />
        </section>
      )}
    </>
  );
}

function Under({ terms, objectives, all, question }: { terms: Row; objectives: Row[]; all: Row[]; question: Row | undefined }) {
  const words = useWords(programmeWords);
  return (
    <>
      <Ordered rows={objectives} numbered render={(row) => <Objective key={row.id} row={row} question={question} />} />
      <AddRow table="objective" space={terms.space} preset={{ terms: terms.id, ...(question ? { question: question.id } : {}), position: lastPosition(all) }} label={words.addObjective} />
    </>
  );
}

function Objective({ row, question }: { row: Row; question: Row | undefined }) {
  const words = useWords(programmeWords);
  const form = useRowForm(row);
  return (
    <div>
      <Field form={form} column="text" hideLabel />
      {!question && <Field form={form} column="question" />}
      {form.exists && <SubQuestions table="objective_sub_question" column="objective" owner={row} legend={words.objectiveServes} {...(question ? { question: question.id } : {})} />}
    </div>
  );
}

function Days({ terms, visit }: { terms: Row; visit: Row }) {
  const words = useWords(programmeWords);
  const days = useAllRows("terms_day"), activities = useAllRows("activity");
  if (!days || !activities) return null;
  return (
    <>
      <p class="hint">{words.programmeLead} <a href={`#/programme/${visit.id}`}>{words.toProgramme}</a></p>
      {daysOf(visit).map((day, index) => (
        <section key={day} class="terms-day">
          <h3>{words.day(index + 1)} <small class="hint">{dayInWords(day)}</small></h3>
          <Central terms={terms} day={day} row={days.find((each) => each.terms === terms.id && each.day === day)} />
          <Activities rows={byHour(activities.filter((each) => each.visit === visit.id && each.day === day))} />
        </section>
      ))}
    </>
  );
}

function Central({ terms, day, row }: { terms: Row; day: string; row: Row | undefined }) {
  return <Field form={useKeyedForm("terms_day", terms.space, { terms: terms.id, day }, row)} column="central_question" lines={1} />;
}

function Activities({ rows }: { rows: Row[] }) {
  const words = useWords(programmeWords);
  if (rows.length === 0) return <p class="hint">{words.noActivities}</p>;
  return <ul>{rows.map((each) => <li key={each.id}><span class="hint terms-hours">{hoursOf(each)}</span> {titleOf(each)}{!isBlank(each.place) && <span class="hint"> · {each.place}</span>}</li>)}</ul>;
}

function Delegation({ terms, guest }: { terms: Row; guest: unknown }) {
  const words = useWords(programmeWords);
  const delegates = (useAllRows("delegate") ?? []).filter((each) => each.terms === terms.id);
  const people = (useAllRows("person") ?? []).filter(({ organisation, id }) => organisation === guest && !delegates.some(({ person }) => person === id));
  const add = async (name: string, chosen: Row | undefined) => {
    const fields = { terms: terms.id, name, position: lastPosition(delegates), ...(chosen ? { person: chosen.id, function: chosen.function ?? null } : {}) };
    store.show((await api.add({ table: "delegate", space: terms.space, fields })).row);
  };
  return (
    <>
      <Ordered rows={delegates} render={(row) => <Delegate key={row.id} row={row} />} />
      {mayWrite("delegate", terms.space) && <AddByName id="new-delegate" label={words.addDelegate} button={words.add} known={people} add={add} />}
    </>
  );
}

function Delegate({ row }: { row: Row }) {
  const form = useRowForm(row);
  return (
    <div class="pair delegate">
      <Field form={form} column="name" />
      <Field form={form} column="function" />
    </div>
  );
}
