// Activities against sub-questions: what serves what, and what nothing serves yet, the most wanted first.
import type { Row } from "../api";
import { mayWrite } from "../app";
import { unserved, type Asked } from "../asked";
import { useWords } from "../hooks";
import { Priority } from "../Priority";
import { isBlank } from "../schema";
import { useServes } from "../SubQuestions";
import { titleOf } from "../titles";
import { dayOfMonth, weekday } from "../words";
import { programmeWords } from "../words/pages/programme";

const link_table = "activity_sub_question";
const dayAndHour = ({ day, starts_at }: Row) => [isBlank(day) ? "" : `${weekday(String(day))} ${dayOfMonth(String(day))}`, starts_at].filter((each) => !isBlank(each)).join(" ");

export function Unserved({ asked, served, activities, guest }: { asked: Asked[]; served: ReadonlySet<unknown>; activities: Row[]; guest: unknown }) {
  const words = useWords(programmeWords);
  const left = unserved(asked, served);
  const { set } = useServes(link_table, "activity");
  if (asked.length === 0) return <p class="hint">{words.noSubQuestions} <a href={`#/questions/${guest ?? ""}`}>{words.toQuestions}</a></p>;
  if (left.length === 0) return <p class="all-served">{words.allServed}</p>;
  const must = left.filter(({ row }) => row.priority === "must").length;
  const place = (question: Row) => (event: Event) => {
    const chosen = activities.find(({ id }) => String(id) === (event.currentTarget as HTMLSelectElement).value);
    if (chosen) void set(chosen, question, true);
  };
  return (
    <section class="unserved">
      <h2>{words.unserved} <small>{words.unservedCount(left.length, must)}</small></h2>
      <ul>
        {left.map(({ row, number }) => (
          <li key={row.id}>
            <span><b>{number}</b> {row.text} <Priority of={row} /></span>
            {activities.length > 0 && mayWrite(link_table, row.space) && (
              <select value="" aria-label={words.placeOf(titleOf(row))} onChange={place(row)}>
                <option value="">{words.place}</option>
                {activities.map((each) => <option key={each.id} value={each.id}>{dayAndHour(each)} {titleOf(each)}</option>)}
              </select>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function CrossTable({ asked, activities }: { asked: Asked[]; activities: Row[] }) {
  const words = useWords(programmeWords);
  const { find, set } = useServes(link_table, "activity");
  const count = ({ row }: Asked) => activities.filter((each) => find(each, row)).length;
  return (
    <section>
      <h2>{words.cross}</h2>
      <p class="hint">{words.crossLead}</p>
      <div class="grid-scroll" tabIndex={0} role="region" aria-label={words.cross}>
        <table class="cross">
          <thead>
            <tr>
              <th scope="col">{words.activity}</th>
              {asked.map((each) => <th key={each.row.id} scope="col" class={`asked-${each.row.priority ?? "none"}`} title={String(each.row.text)}>{each.number}<span class="unseen"> {each.row.text}</span><small>{count(each)}</small></th>)}
            </tr>
          </thead>
          <tbody>
            {activities.map((activity) => (
              <tr key={activity.id}>
                <th scope="row"><span class="hint">{dayAndHour(activity)}</span> {titleOf(activity)}</th>
                {asked.map(({ row, number }) => (
                  <td key={row.id}>
                    <label><span class="unseen">{titleOf(activity)} : {number} {row.text}</span>
                      <input type="checkbox" checked={find(activity, row) !== undefined} disabled={!mayWrite(link_table, activity.space)} onChange={(event) => void set(activity, row, event.currentTarget.checked)} />
                    </label>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
