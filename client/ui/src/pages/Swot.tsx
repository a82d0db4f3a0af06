// Tool 4: the four quadrants of a project. Points go up, down and across by dragging, by Alt and arrows, or by the menu of their grip.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Fields, Row } from "../api";
import { api, autosave, mayWrite, remember, remembered, remove, schema, space, store } from "../app";
import { Comments } from "../comments";
import { AddByName } from "../fields/AddByName";
import { AddRow, focusRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { arrange, moved, placeAt } from "../fields/Ordered";
import { Remove } from "../fields/Remove";
import { useAllRows, useCommon, useLive, useRowForm, useRows, useWords } from "../hooks";
import { inOrder, lastPosition } from "../order";
import { PaperLinks } from "../PaperLinks";
import { go } from "../router";
import { isBlank } from "../schema";
import { Icon } from "../shell/icons";
import { Sheet } from "../shell/Sheet";
import { titleOf } from "../titles";
import { language } from "../words";
import { profileWords } from "../words/pages/profile";
import "./Swot.css";

export function Swot({ params }: { params: Record<string, string> }) {
  const words = useWords(profileWords), common = useCommon();
  const speaks = useLive(language), here = useLive(space);
  const projects = useRows("project"), organisations = useAllRows("organisation");
  const help = schema.table("swot_item").help[speaks];
  const wanted = [params.id, remembered("project")].map(Number);
  const project = wanted.map((id) => projects?.find((each) => each.id === id)).find((each) => each) ?? projects?.[0];
  const id = project?.id;
  useEffect(() => { if (id !== undefined) remember("project", String(id)); }, [id]);
  if (!projects || !organisations) return <Sheet title={words.swot} lead={common.loading} wide />;
  const add = async (name: string) => {
    const owner = organisations.find((each) => String(each.id) === remembered("municipality"));
    const { row } = await api.add({ table: "project", space: here, fields: { name, ...(owner ? { organisation: owner.id } : {}) } });
    store.show(row);
    go(`swot/${row.id}`);
  };
  return (
    <Sheet title={words.swot} lead={help} wide above={project && <ProjectChoice project={project} projects={projects} organisations={organisations} />} tools={project && <PaperLinks tool="swot" id={project.id} />}>
      {project ? <Board key={project.id} project={project} /> : mayWrite("project", here) && (
        <>
          <p>{words.noProject}</p>
          <AddByName id="new-project" label={words.project} button={words.addProject} add={add} />
        </>
      )}
    </Sheet>
  );
}

function ProjectChoice({ project, projects, organisations }: { project: Row; projects: readonly Row[]; organisations: readonly Row[] }) {
  const words = useWords(profileWords);
  const name = ({ organisation }: Row) => String(organisations.find(({ id }) => id === organisation)?.name ?? "");
  return (
    <p class="above visit-choice">
      <label><span class="unseen">{words.project}</span>
        <select value={project.id} onChange={(event) => go(`swot/${event.currentTarget.value}`)}>
          {projects.map((each) => <option key={each.id} value={each.id}>{[name(each), titleOf(each)].filter(Boolean).join(" · ")}</option>)}
        </select>
      </label>{" "}
      <a href={`#/profile/${project.organisation ?? 0}`}>{words.profileOf}</a>
    </p>
  );
}

interface Lifted {
  id: number;
  quadrant: string;
  order: Row[]; // of that quadrant
}

function Board({ project }: { project: Row }) {
  const words = useWords(profileWords), { list: listWords } = useCommon();
  const speaks = useLive(language);
  const [lifted, lift] = useState<Lifted | null>(null);
  const [said, say] = useState("");
  const board = useRef<HTMLDivElement>(null);
  const focusOn = useRef<number | null>(null);
  const items = (useAllRows("swot_item") ?? []).filter((each) => each.project === project.id);
  const quadrants = schema.column("swot_item", "quadrant").choices ?? [];
  const label = (code: string) => quadrants.find((each) => each.code === code)?.label[speaks] ?? "";
  const stands = (code: string) => inOrder(items.filter(({ quadrant }) => quadrant === code));
  const shown = (code: string) => (lifted?.quadrant === code ? lifted.order : stands(code).filter(({ id }) => id !== lifted?.id));

  useLayoutEffect(() => {
    if (focusOn.current === null) return;
    board.current?.querySelector<HTMLElement>(`[data-row="${focusOn.current}"] .grip`)?.focus();
    focusOn.current = null;
  });

  const put = (row: Row, quadrant: string, order: Row[]) => {
    const place = order.findIndex(({ id }) => id === row.id), across: Fields = row.quadrant === quadrant ? {} : { quadrant };
    arrange(order, place, across);
    say(row.quadrant === quadrant ? listWords.moved(place + 1, order.length) : words.movedTo(label(quadrant)));
  };
  const step = (row: Row, by: number) => {
    const order = stands(String(row.quadrant)), from = order.findIndex(({ id }) => id === row.id), to = from + by;
    if (to < 0 || to >= order.length) return;
    focusOn.current = row.id;
    put(row, String(row.quadrant), moved(order, from, to));
  };
  const across = (row: Row, quadrant: string | undefined) => {
    if (quadrant === undefined || quadrant === row.quadrant) return;
    focusOn.current = row.id;
    put(row, quadrant, [...stands(quadrant), row]);
  };
  const beside = (row: Row, by: number) => quadrants[quadrants.findIndex(({ code }) => code === row.quadrant) + by]?.code;
  const onKey = (row: Row) => (event: KeyboardEvent) => {
    const act = { ArrowUp: () => step(row, -1), ArrowDown: () => step(row, 1), ArrowLeft: () => across(row, beside(row, -1)), ArrowRight: () => across(row, beside(row, 1)) }[event.key];
    if (!event.altKey || !act) return;
    event.preventDefault();
    act();
  };
  // Where the pointer is: the quadrant, and the place in it.
  const drag = (row: Row, x: number, y: number): Lifted | null => {
    const quadrant = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-quadrant]");
    const code = quadrant?.dataset.quadrant;
    if (!quadrant || code === undefined || !board.current?.contains(quadrant)) return null;
    const others = stands(code).filter(({ id }) => id !== row.id);
    const place = others.length === 0 ? 0 : Math.max(0, placeAt(quadrant.querySelector("ol")!, y));
    const order = [...others.slice(0, place), row, ...others.slice(place)];
    return { id: row.id, quadrant: code, order };
  };

  return (
    <>
      <p class="hint swot-keys">{words.keys}</p>
      <div class="swot" ref={board}>
        {quadrants.map(({ code }, index) => (
          <section key={code} class={`quadrant ${code}`} data-quadrant={code} aria-label={label(code)}>
            <h2>{label(code)} <small>{index < 2 ? words.internal : words.external}</small></h2>
            <ol>
              {shown(code).map((row) => (
                <Item key={row.id} row={row} lifted={lifted?.id === row.id} onKey={onKey(row)}
                  drag={(x, y) => { const to = drag(row, x, y); if (to) lift(to); return to; }}
                  drop={(to) => { if (to) put(row, to.quadrant, to.order); lift(null); }}
                  step={(by) => step(row, by)} others={quadrants.filter((each) => each.code !== code).map((each) => ({ label: each.label[speaks], go: () => across(row, each.code) }))}
                  next={() => begin(project, code, row, stands(code))} />
              ))}
            </ol>
            <AddRow table="swot_item" space={project.space} preset={{ project: project.id, quadrant: code, position: lastPosition(stands(code)) }} label={words.addPoint} />
          </section>
        ))}
      </div>
      <p class="unseen" aria-live="assertive">{said}</p>
    </>
  );
}

// A new point below this one.
function begin(project: Row, quadrant: string, row: Row, order: Row[]): void {
  const below = order[order.findIndex(({ id }) => id === row.id) + 1]?.position, here = row.position;
  const position = typeof here === "number" && typeof below === "number" ? (here + below) / 2 : lastPosition(order);
  const form = autosave.begin("swot_item", project.space, { project: project.id, quadrant, position });
  if (form) focusRow(form.id);
}

interface ItemProps {
  row: Row;
  lifted: boolean;
  onKey(event: KeyboardEvent): void;
  drag(x: number, y: number): Lifted | null;
  drop(to: Lifted | null): void;
  step(by: number): void;
  others: { label: string; go(): void }[];
  next(): void;
}

const moves_from_px = 6; // less is a touch, which opens the menu

function Item({ row, lifted, onKey, drag, drop, step, others, next }: ItemProps) {
  const words = useWords(profileWords), { list } = useCommon();
  const [open, setOpen] = useState(false);
  const form = useRowForm(row);
  const may = mayWrite("swot_item", row.space), title = titleOf(row);

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const ground = (event.currentTarget as HTMLElement).closest<HTMLElement>(".swot")!; // the point itself goes from list to list
    const { clientX, clientY } = event;
    ground.setPointerCapture(event.pointerId);
    let moving = false, to: Lifted | null = null;
    ground.onpointermove = (at) => {
      moving ||= Math.hypot(at.clientX - clientX, at.clientY - clientY) > moves_from_px;
      if (moving) to = drag(at.clientX, at.clientY) ?? to;
    };
    const end = (keep: boolean) => () => {
      ground.onpointermove = ground.onpointerup = ground.onpointercancel = null;
      if (moving) drop(keep ? to : null);
      else if (keep) setOpen(!open);
    };
    ground.onpointerup = end(true);
    ground.onpointercancel = end(false);
  };
  const onType = (event: KeyboardEvent) => {
    onKey(event);
    if (event.isComposing || event.altKey || event.shiftKey || !may) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (!isBlank(form.value("text"))) next();
    } else if (event.key === "Backspace" && !form.exists && isBlank(form.value("text"))) {
      event.preventDefault();
      void remove(row);
    }
  };

  return (
    <li data-row={row.id} class={lifted ? "lifted" : undefined}>
      {may && (
        <button class="icon quiet grip" aria-label={`${words.move} : ${title}`} aria-expanded={open} title={words.move} onPointerDown={onPointerDown} onKeyDown={onKey}
          onClick={(event) => { if (event.detail === 0) setOpen(!open); }}><Icon sign="grip" /></button>
      )}
      <div class="swot-text" onKeyDown={onType}><Field form={form} column="text" hideLabel lines={1} /></div>
      {!may && <Comments row={row} />}
      {open && may && (
        <div class="swot-menu">
          {[...others.map((each) => ({ label: words.moveTo(each.label), go: each.go })), { label: `↑ ${list.up}`, go: () => step(-1) }, { label: `↓ ${list.down}`, go: () => step(1) }].map((each) => (
            <button key={each.label} class="quiet" onClick={() => { setOpen(false); each.go(); }}>{each.label}</button>
          ))}
          <Remove row={row} worded />
          <Comments row={row} />
        </div>
      )}
    </li>
  );
}
