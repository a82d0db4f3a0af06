// Action plans: all of the space, and one with its objectives in time, its actions and their calendar.
import { useState } from "preact/hooks";
import type { Row } from "../api";
import { autosave, mayWrite, remove, schema, space } from "../app";
import { readable } from "../cells";
import { Comments } from "../comments";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { Ordered } from "../fields/Ordered";
import { useAllRows, useLive, useRowForm, useRows, useWords } from "../hooks";
import { inOrder, lastPosition } from "../order";
import { PaperLinks } from "../PaperLinks";
import { go } from "../router";
import { isBlank } from "../schema";
import { Sheet } from "../shell/Sheet";
import { titleOf } from "../titles";
import { language, number } from "../words";
import { planWords } from "../words/pages/plan";
import { Timeline } from "./Timeline";
import "./Plan.css";

export function Plan({ params }: { params: Record<string, string> }) {
  return params.id ? <One id={Number(params.id)} /> : <All />;
}

function All() {
  const words = useWords(planWords);
  const speaks = useLive(language), here = useLive(space);
  const plans = useRows("action_plan"), actions = useRows("plan_action"), organisations = useAllRows("organisation");
  const begin = () => {
    const form = autosave.begin("action_plan", here, { position: lastPosition(plans ?? []) });
    if (form) go(`plan/${form.id}`);
  };
  const owners = [...new Set((plans ?? []).map((plan) => plan.organisation ?? null))];
  return (
    <Sheet title={words.title} lead={schema.table("action_plan").help[speaks]} wide>
      {owners.map((owner) => (
        <section key={owner}>
          <h2>{organisations?.find((each) => each.id === owner)?.name ?? words.nobody} {typeof owner === "number" && <PaperLinks tool="action_plan" id={owner} sheet />}</h2>
          <ul class="parts">
            {inOrder((plans ?? []).filter((plan) => (plan.organisation ?? null) === owner)).map((plan) => {
              const of = (actions ?? []).filter((each) => each.action_plan === plan.id);
              return <li key={plan.id}><a href={`#/plan/${plan.id}`}>{titleOf(plan)}</a> <span class="hint">{words.actions(of.filter(({ status }) => status === "done").length, of.length)}</span></li>;
            })}
          </ul>
        </section>
      ))}
      {mayWrite("action_plan", here) && <p class="begin"><button class="main" onClick={begin}>{words.add}</button></p>}
    </Sheet>
  );
}

function One({ id }: { id: number }) {
  const words = useWords(planWords);
  const plans = useAllRows("action_plan");
  const plan = plans?.find((each) => each.id === id);
  if (!plans) return <Sheet title={words.title} wide />;
  if (!plan) return <Sheet title={words.title} wide><p>{words.unknown} <a href="#/plan">{words.all}</a></p></Sheet>;
  return <Whole key={id} plan={plan} />;
}

const around = ["officials", "other_people", "done_already", "challenges", "resources"];

function Whole({ plan }: { plan: Row }) {
  const words = useWords(planWords);
  useLive(language);
  const form = useRowForm(plan);
  const drop = async () => {
    await remove(plan);
    go("plan");
  };
  return (
    <Sheet title={isBlank(plan.objective) ? schema.table("action_plan").label[language.now] : titleOf(plan)} wide above={<p class="above"><a href="#/plan">{words.all}</a></p>}
      tools={<>{typeof plan.organisation === "number" && <PaperLinks tool="action_plan" id={plan.organisation} sheet />}<Comments row={plan} /></>}>
      <Field form={form} column="objective" placeholder={words.example} />
      <div class="pair">
        <Field form={form} column="organisation" />
        <Field form={form} column="visit" />
      </div>
      <Goals plan={plan} />
      <Actions plan={plan} />
      <h2>{words.around}</h2>
      {around.map((column) => <Field key={column} form={form} column={column} />)}
      {mayWrite("action_plan", plan.space) && <p><button class="quiet" onClick={() => void drop()}>{words.remove}</button></p>}
    </Sheet>
  );
}

function Goals({ plan }: { plan: Row }) {
  const words = useWords(planWords);
  const speaks = useLive(language);
  const goals = (useAllRows("plan_goal") ?? []).filter((each) => each.action_plan === plan.id);
  return (
    <section>
      <h2>{words.goals}</h2>
      <div class="plan-terms">
        {(schema.column("plan_goal", "term").choices ?? []).map(({ code, label }) => {
          const of = goals.filter(({ term }) => term === code);
          return (
            <section key={code}>
              <h3>{label[speaks]}</h3>
              <Ordered rows={of} render={(row) => <Goal key={row.id} row={row} />} />
              <AddRow table="plan_goal" space={plan.space} preset={{ action_plan: plan.id, term: code, position: lastPosition(of) }} label={words.addGoal} />
            </section>
          );
        })}
      </div>
    </section>
  );
}

function Goal({ row }: { row: Row }) {
  return <Field form={useRowForm(row)} column="text" hideLabel />;
}

function Actions({ plan }: { plan: Row }) {
  const words = useWords(planWords);
  const actions = inOrder((useAllRows("plan_action") ?? []).filter((each) => each.action_plan === plan.id));
  return (
    <section>
      <h2>{words.actionList}</h2>
      <Ordered rows={actions} numbered render={(row) => <Action key={row.id} row={row} />} />
      <AddRow table="plan_action" space={plan.space} preset={{ action_plan: plan.id, status: "planned", position: lastPosition(actions) }} label={words.addAction} />
      <Budgets actions={actions} />
      <Timeline actions={actions} />
    </section>
  );
}

function Action({ row }: { row: Row }) {
  const words = useWords(planWords);
  const [open, setOpen] = useState(false);
  const form = useRowForm(row);
  return (
    <div class="plan-action">
      <Field form={form} column="text" hideLabel />
      <div class="pair">
        <Field form={form} column="responsible" />
        <Field form={form} column="status" />
      </div>
      {open && (
        <>
          <div class="pair plan-dates">
            <Field form={form} column="starts_on" />
            <Field form={form} column="ends_on" />
            <Field form={form} column="budget" />
            <Field form={form} column="currency" />
          </div>
          <Field form={form} column="partners" />
          <Field form={form} column="contribution" />
        </>
      )}
      <button class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? words.fold : words.details}
        {!open && <span class="hint"> {inShort(row)}</span>}
      </button>
    </div>
  );
}

function inShort(row: Row): string {
  const told = (...columns: string[]) => columns.filter((column) => !isBlank(row[column])).map((column) => readable("plan_action", column, row[column] ?? null));
  const cost = isBlank(row.budget) ? [] : told("budget", "currency");
  return [told("starts_on", "ends_on").join(" – "), cost.join("\u00a0")].filter((each) => each !== "").join(" · ");
}

// What all actions cost together, in each currency.
function Budgets({ actions }: { actions: Row[] }) {
  const words = useWords(planWords);
  const sums = new Map<string, number>();
  for (const { budget, currency, status } of actions)
    if (typeof budget === "number" && status !== "dropped") sums.set(String(currency ?? ""), (sums.get(String(currency ?? "")) ?? 0) + budget);
  if (sums.size === 0) return null;
  return <p class="plan-budget"><b>{words.budget}</b> {[...sums].map(([currency, sum]) => `${number(sum)} ${currency === "" ? "" : readable("plan_action", "currency", currency)}`).join(" + ")}</p>;
}
