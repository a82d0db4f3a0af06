// Tool 2: a municipality's projects with their strategies, and of each project how much takes part against how much it is worth.
import type { Row } from "../api";
import { mayWrite, remove, space } from "../app";
import { Comments } from "../comments";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { Ordered } from "../fields/Ordered";
import { useLive, useRowForm, useRows, useWords } from "../hooks";
import { MunicipalitySheet } from "../MunicipalitySheet";
import { inOrder, lastPosition } from "../order";
import type { Owner } from "../owners";
import { titleOf } from "../titles";
import { language } from "../words";
import { profileWords } from "../words/pages/profile";
import "./Profile.css";

export function Profile({ params }: { params: Record<string, string> }) {
  const words = useWords(profileWords);
  return (
    <MunicipalitySheet page="profile" table="strategy" title={words.profile} rows="project" tool="activity_profile" sheet wanted={params.id}>
      {(owner, isTheirs) => <Projects key={owner?.id ?? 0} owner={owner} isTheirs={isTheirs} />}
    </MunicipalitySheet>
  );
}

function Projects({ owner, isTheirs }: { owner: Owner; isTheirs(row: Row): boolean }) {
  const words = useWords(profileWords);
  const here = useLive(space);
  const projects = (useRows("project") ?? []).filter(isTheirs);
  return (
    <>
      {projects.length === 0 && <p>{words.firstProject}</p>}
      {projects.map((project) => <Project key={project.id} project={project} />)}
      <AddRow table="project" space={here} preset={owner === null ? {} : { organisation: owner.id }} label={words.addProject} />
    </>
  );
}

function Project({ project }: { project: Row }) {
  const words = useWords(profileWords);
  const form = useRowForm(project);
  const strategies = inOrder((useRows("strategy") ?? []).filter((each) => each.project === project.id));
  return (
    <section class="card project" data-row={project.id} aria-label={titleOf(project)}>
      <div class="row-tools corner"><Comments row={project} /></div>
      <Field form={form} column="name" />
      <Field form={form} column="description" />
      <h3>{words.strategies}</h3>
      <Ordered rows={strategies} numbered render={(row) => <Strategy key={row.id} row={row} />} />
      <AddRow table="strategy" space={project.space} preset={{ project: project.id, position: lastPosition(strategies) }} label={words.addStrategy} />
      {strategies.length > 0 && <Scatter strategies={strategies} />}
      <p class="project-foot">
        <a href={`#/swot/${project.id}`}>{words.swotOf}</a>
        {mayWrite("project", project.space) && <button class="quiet" onClick={() => void remove(project)}>{words.removeProject}</button>}
      </p>
    </section>
  );
}

function Strategy({ row }: { row: Row }) {
  const form = useRowForm(row);
  return (
    <div class="strategy">
      <Field form={form} column="name" />
      <div class="strategy-scores">
        <Field form={form} column="participation" />
        <Field form={form} column="added_value" />
      </div>
      <Field form={form} column="comments" lines={1} />
    </div>
  );
}

interface Point {
  x: number;
  y: number;
  places: number[]; // of the strategies in their list
  names: string[];
}

function points(strategies: Row[]): Point[] {
  const all = new Map<string, Point>();
  strategies.forEach((each, index) => {
    const { participation: x, added_value: y } = each;
    if (typeof x !== "number" || typeof y !== "number") return;
    const point = all.get(`${x} ${y}`) ?? { x, y, places: [], names: [] };
    point.places.push(index + 1);
    point.names.push(titleOf(each));
    all.set(`${x} ${y}`, point);
  });
  return [...all.values()];
}

const step = 24, left = 34, top = 8, side = 10 * step;
const px = (x: number) => left + (x - 0.5) * step, py = (y: number) => top + side - (y - 0.5) * step;

function Scatter({ strategies }: { strategies: Row[] }) {
  const words = useWords(profileWords);
  useLive(language);
  const all = points(strategies);
  const scale = Array.from({ length: 10 }, (_, index) => index + 1);
  return (
    <figure class="scatter">
      <figcaption><b>{words.chart}</b><span class="hint"> {all.length > 0 ? words.chartLead : words.unscored}</span></figcaption>
      <svg viewBox={`0 0 ${left + side + 8} ${top + side + 34}`} role="img" aria-label={all.map(({ x, y, names }) => words.point(names.join(", "), x, y)).join(" ; ") || words.unscored}>
        <rect class="best" x={left + side / 2} y={top} width={side / 2} height={side / 2} />
        <rect class="frame-line" x={left} y={top} width={side} height={side} />
        <path class="middle" d={`M${left + side / 2} ${top}v${side}M${left} ${top + side / 2}h${side}`} />
        {scale.map((n) => <g key={n}><text x={px(n)} y={top + side + 13}>{n}</text><text x={left - 9} y={py(n) + 3.5}>{n}</text></g>)}
        <text class="axis" x={left + side / 2} y={top + side + 29}>{words.quantity}</text>
        <text class="axis" transform={`translate(9 ${top + side / 2}) rotate(-90)`}>{words.quality}</text>
        {all.map(({ x, y, places, names }) => (
          <g key={`${x} ${y}`} class="point">
            <title>{words.point(names.join(", "), x, y)}</title>
            <rect x={px(x) - 9 - 4 * (places.length - 1)} y={py(y) - 9} width={18 + 8 * (places.length - 1)} height="18" rx="9" />
            <text x={px(x)} y={py(y) + 4}>{places.join(",")}</text>
          </g>
        ))}
      </svg>
    </figure>
  );
}
