// A line of the programme: closed it reads as on paper, open it takes hours, place, people, remarks and the sub-questions it answers.
import { useState } from "preact/hooks";
import type { Row } from "../api";
import { Comments } from "../comments";
import { Field } from "../fields/Field";
import { Remove } from "../fields/Remove";
import { useRowForm, useWords } from "../hooks";
import { isBlank } from "../schema";
import { SubQuestions, useServes } from "../SubQuestions";
import { dayShort } from "../words";
import { programmeWords } from "../words/pages/programme";

export const hoursOf = ({ starts_at, ends_at }: Row) => [starts_at, ends_at].filter((each) => !isBlank(each)).join(" – ");

export function ProgrammeActivity({ activity, guest, dated = false }: { activity: Row; guest: unknown; dated?: boolean }) {
  const words = useWords(programmeWords);
  const [open, setOpen] = useState(isBlank(activity.title));
  const { links } = useServes("activity_sub_question", "activity");
  const count = (links ?? []).filter((each) => each.activity === activity.id).length;
  const around = [activity.place, isBlank(activity.accompanied_by) ? null : words.with(String(activity.accompanied_by)), activity.remarks].filter((each) => !isBlank(each)).join("\u00a0· ");
  const body = `programme-${activity.id}`;
  return (
    <section class="activity" data-row={activity.id}>
      <h3>
        <button class="activity-head" aria-expanded={open} aria-controls={body} onClick={() => setOpen(!open)}>
          <span class="activity-hours">{dated && !isBlank(activity.day) ? dayShort(String(activity.day)) : hoursOf(activity)}</span>
          <span class="activity-name">{isBlank(activity.title) ? words.untitled : activity.title}{around && <small>{around}</small>}</span>
          <span class={count > 0 ? "activity-state written" : "activity-state"}>{count > 0 ? words.served(count) : ""}</span>
        </button>
      </h3>
      <div id={body} class="activity-body" hidden={!open}>{open && <Open activity={activity} guest={guest} />}</div>
    </section>
  );
}

function Open({ activity, guest }: { activity: Row; guest: unknown }) {
  const words = useWords(programmeWords);
  const form = useRowForm(activity);
  return (
    <>
      <Field form={form} column="title" />
      <div class="pair programme-dates">
        <Field form={form} column="day" />
        <Field form={form} column="starts_at" />
        <Field form={form} column="ends_at" />
      </div>
      <div class="pair">
        <Field form={form} column="place" />
        <Field form={form} column="accompanied_by" />
      </div>
      <Field form={form} column="remarks" />
      {form.exists && <SubQuestions table="activity_sub_question" column="activity" owner={activity} legend={words.serves} guest={guest} />}
      <div class="row-tools"><Comments row={activity} /><Remove row={activity} worded /></div>
    </>
  );
}
