// Progress of a visit: the grid of scores by sub-question and day, a line for each objective from day to day, and the five questions of a day.
import { useState } from "preact/hooks";
import type { Row } from "../api";
import { mayWrite } from "../app";
import { daysOf } from "../day";
import { useAllRows, useKeyedForm, useWords } from "../hooks";
import { VisitSheet } from "../VisitSheet";
import { dayInWords, dayOfMonth, dayShort, number, today, weekday } from "../words";
import { journalWords } from "../words/pages/journal";
import { average, groups, type Group } from "./progress";
import { Evening } from "./today/Evening";
import { useObjectives } from "./today/Progress";
import "./ProgressGrid.css";

export function ProgressGrid({ params }: { params: Record<string, string> }) {
  const words = useWords(journalWords);
  return (
    <VisitSheet page="progress" table="progress" title={words.progress} tool="progress" sheet wanted={params.id}>
      {(visit) => <Whole key={visit.id} visit={visit} />}
    </VisitSheet>
  );
}

function Whole({ visit }: { visit: Row }) {
  const words = useWords(journalWords);
  const objectives = useObjectives(visit.id);
  const links = useAllRows("objective_sub_question"), questions = useAllRows("sub_question"), scores = useAllRows("progress");
  const days = daysOf(visit);
  const [day, setDay] = useState(days.includes(today()) ? today() : days[0] ?? today());
  if (!links || !questions || !scores) return null;
  const all = groups(objectives, links, questions);
  return (
    <>
      {all.length === 0 ? <p>{words.noObjectives} <a href={`#/terms/${visit.id}`}>{words.terms}</a></p> : (
        <>
          <h2>{words.grid}</h2>
          <p class="hint">{words.legend.map((text, score) => <span key={score} class="legend"><b class={`score score-${score}`}>{score}</b> {text}</span>)}</p>
          <Grid {...{ visit, all, days, scores }} />
          <h2>{words.chart}</h2>
          <p class="hint">{words.chartLead}</p>
          <Chart all={all} days={days} scores={scores} />
        </>
      )}
      <h2>{words.day}</h2>
      <div class="radios segments" role="radiogroup" aria-label={words.dayOf}>
        {days.map((each) => (
          <label key={each} class={each === day ? "radio chosen" : "radio"}>
            <input type="radio" class="unseen" name="progress-day" checked={each === day} onChange={() => setDay(each)} />
            <span>{weekday(each)} {dayOfMonth(each)}</span>
          </label>
        ))}
      </div>
      <Evening key={day} visit={visit} day={day} />
    </>
  );
}

interface GridProps {
  visit: Row;
  all: Group[];
  days: string[];
  scores: readonly Row[];
}

function Grid({ visit, all, days, scores }: GridProps) {
  const words = useWords(journalWords);
  return (
    <div class="grid-scroll" tabIndex={0} role="region" aria-label={words.grid}>
      <table class="progress-grid">
        <thead>
          <tr><th scope="col">{words.subQuestion}</th>{days.map((day) => <th key={day} scope="col" title={dayInWords(day)}>{weekday(day)} {dayOfMonth(day)}</th>)}</tr>
        </thead>
        {all.map(({ objective, questions }) => (
          <tbody key={objective.id}>
            <tr class="progress-objective">
              <th scope="rowgroup">{objective.text}</th>
              {days.map((day) => {
                const mean = average(scores, objective.id, day);
                return <td key={day} title={words.average}>{mean === null ? "" : number(mean, 1)}</td>;
              })}
            </tr>
            {questions.map((question) => (
              <tr key={question.id}>
                <th scope="row">{question.text}</th>
                {days.map((day) => (
                  <Cell key={day} {...{ visit, objective, question, day }} row={scores.find((each) => each.objective === objective.id && each.sub_question === question.id && each.day === day)} />
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Cell({ visit, objective, question, day, row }: { visit: Row; objective: Row; question: Row; day: string; row: Row | undefined }) {
  const words = useWords(journalWords);
  const form = useKeyedForm("progress", visit.space, { objective: objective.id, sub_question: question.id, day }, row);
  const score = form.value("score");
  const set = (text: string) => {
    form.set("score", text === "" ? null : Number(text));
    void form.save();
  };
  return (
    <td class={score === null ? "" : `score-${score}`}>
      <select class="progress-score" aria-label={`${question.text}, ${dayShort(day)}`} disabled={!mayWrite("progress", visit.space)} value={score === null ? "" : String(score)} onChange={(event) => set(event.currentTarget.value)}>
        <option value="" aria-label={words.notScored}>–</option>
        {words.legend.map((text, each) => <option key={each} value={each} title={text}>{each}</option>)}
      </select>
    </td>
  );
}

const width = 480, height = 150, left = 22, foot = 18, top = 8, highest = 3;
const dashes = ["", "6 3", "2 3", "8 3 2 3", "1 4"];

function Chart({ all, days, scores }: { all: Group[]; days: string[]; scores: readonly Row[] }) {
  const words = useWords(journalWords);
  const x = (index: number) => left + ((width - left - 30) * index) / Math.max(1, days.length - 1);
  const y = (score: number) => top + ((height - foot - top) * (highest - score)) / highest;
  return (
    <figure class="progress-chart">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words.chart}>
        {words.legend.map((_, score) => <g key={score}><line class="rule" x1={left} x2={width} y1={y(score)} y2={y(score)} /><text x={left - 8} y={y(score) + 3}>{score}</text></g>)}
        {days.map((day, index) => <text key={day} x={x(index)} y={height - 4}>{weekday(day)} {dayOfMonth(day)}</text>)}
        {all.map(({ objective }, order) => {
          const points = days.flatMap((day, index) => {
            const mean = average(scores, objective.id, day);
            return mean === null ? [] : [{ day, mean, at: `${x(index)},${y(mean)}`, x: x(index), y: y(mean) }];
          });
          return (
            <g key={objective.id} class={`line line-${order % dashes.length}`}>
              <polyline points={points.map(({ at }) => at).join(" ")} stroke-dasharray={dashes[order % dashes.length]} />
              {points.map((point) => (
                <circle key={point.day} cx={point.x} cy={point.y} r="3.5"><title>{words.chartPoint(String(objective.text ?? ""), dayShort(point.day), number(point.mean, 1))}</title></circle>
              ))}
            </g>
          );
        })}
      </svg>
      <figcaption>
        {all.map(({ objective }, order) => (
          <span key={objective.id} class={`legend line line-${order % dashes.length}`}>
            <svg viewBox="0 0 28 8" aria-hidden="true"><line x1="1" x2="27" y1="4" y2="4" stroke-dasharray={dashes[order % dashes.length]} /></svg> {objective.text}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
