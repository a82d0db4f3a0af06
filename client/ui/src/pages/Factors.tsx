// Tool 3: factors are written down one after the other, and rank themselves: what helps to the right, what holds back to the left.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Row } from "../api";
import { mayWrite, schema, space } from "../app";
import { readable } from "../cells";
import { Comments } from "../comments";
import { Field } from "../fields/Field";
import { Remove } from "../fields/Remove";
import type { Form } from "../form";
import { useDraft, useForm, useLive, useRowForm, useRows, useWords } from "../hooks";
import { MunicipalitySheet } from "../MunicipalitySheet";
import type { Owner } from "../owners";
import { titleOf } from "../titles";
import { language } from "../words";
import { factorsWords } from "../words/pages/factors";
import { ranked, sifted, sorts, type Sieve, type Sort } from "./ranking";
import "./Factors.css";

export function Factors({ params }: { params: Record<string, string> }) {
  const speaks = useLive(language);
  return (
    <MunicipalitySheet page="factors" table="factor" title={schema.table("factor").label[speaks]} rows="factor" tool="factors" sheet wanted={params.id}>
      {(owner, isTheirs) => <Of key={owner?.id ?? 0} owner={owner} isTheirs={isTheirs} />}
    </MunicipalitySheet>
  );
}

function Of({ owner, isTheirs }: { owner: Owner; isTheirs(row: Row): boolean }) {
  const words = useWords(factorsWords);
  const here = useLive(space);
  const factors = (useRows("factor") ?? []).filter(isTheirs);
  return (
    <>
      {mayWrite("factor", here) && <Quick key={here} owner={owner} here={here} factors={factors} />}
      {factors.length === 0 ? <p class="hint">{words.none}</p> : <Ranking factors={factors} />}
    </>
  );
}

// One after the other, each at a place of its own.
function Quick({ owner, here, factors }: { owner: Owner; here: number; factors: Row[] }) {
  const [turn, setTurn] = useState(0);
  return <QuickTurn key={turn} place={`factor|${owner?.id}|${here}|${turn}`} owner={owner} here={here} factors={factors} next={() => setTurn(turn + 1)} />;
}

// Keeps its form when it became a row, until somebody goes on to the next: so the bar grows while one writes.
function QuickTurn({ place, owner, here, factors, next }: { place: string; owner: Owner; here: number; factors: Row[]; next(): void }) {
  const draft = useDraft(place, "factor", here, owner === null ? {} : { organisation: owner.id });
  const [form, keep] = useState<Form | null>(draft);
  useLayoutEffect(() => { if (!form && draft) keep(draft); }, [form, draft]);
  const deleted = form !== null && form.exists && !factors.some(({ id }) => id === form.id);
  useLayoutEffect(() => { if (deleted) next(); }, [deleted]);
  return form && <QuickForm form={form} next={next} />;
}

const rest = ["impact", "score", "domain", "origin"];

function QuickForm({ form, next }: { form: Form; next(): void }) {
  const words = useWords(factorsWords);
  const box = useRef<HTMLElement>(null);
  useForm(form);
  const go = () => {
    if (form.value("description") === null) return box.current?.querySelector("textarea")?.focus();
    void form.save();
    next();
    setTimeout(() => document.querySelector<HTMLElement>(".quick-factor textarea")?.focus(), 50);
  };
  return (
    <section class="quick-factor" ref={box} aria-label={words.quick} onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); go(); } }}>
      <h2>{words.quick}</h2>
      <Field form={form} column="description" hideLabel placeholder={words.placeholder} />
      <div class="factor-cells">{rest.map((column) => <Field key={column} form={form} column={column} />)}</div>
      <button class="main" onClick={go}>{words.next}</button> <span class="hint keys">{words.nextHint}</span>
    </section>
  );
}

function Ranking({ factors }: { factors: Row[] }) {
  const words = useWords(factorsWords);
  const [sort, setSort] = useState<Sort>("score");
  const [sieve, setSieve] = useState<Sieve>({ impact: "", domain: "", origin: "" });
  const [open, setOpen] = useState<number | null>(null);
  const kept = useRef<number[]>([]);
  const domains = (schema.column("factor", "domain").choices ?? []).map(({ code }) => code);
  const right = ranked(sifted(factors, sieve), sort, domains);
  const shown = open === null ? right : inPlace(factors, right, kept.current); // nothing jumps under the hands of who writes in it
  kept.current = shown.map(({ id }) => id);
  return (
    <section>
      <div class="ranking-head">
        <h2>{words.ranking} <small class="hint" role="status">{words.count(shown.length, factors.length)}</small></h2>
        <label><span>{words.sort}</span><select value={sort} onChange={(event) => { setOpen(null); setSort(event.currentTarget.value as Sort); }}>{sorts.map((each) => <option key={each} value={each}>{words.sorts[each]}</option>)}</select></label>
        {([["impact", words.allImpacts], ["domain", words.allDomains], ["origin", words.allOrigins]] as const).map(([column, all]) => (
          <Sift key={column} column={column} all={all} label={words[column]} value={sieve[column]} choose={(value) => { setOpen(null); setSieve({ ...sieve, [column]: value }); }} />
        ))}
      </div>
      {shown.length === 0 && <p>{words.noneFound}</p>}
      <div class="bars-axis hint" aria-hidden="true"><span>← {words.negative}</span><span>{words.positive} →</span></div>
      <ol class="bars">
        {shown.map((row) => <Factor key={row.id} row={row} open={open === row.id} toggle={() => setOpen(open === row.id ? null : row.id)} />)}
      </ol>
    </section>
  );
}

// As they stood before; what is new stands where it belongs.
function inPlace(all: Row[], right: Row[], before: number[]): Row[] {
  const stay = before.flatMap((id) => all.find((each) => each.id === id) ?? []);
  return [...stay, ...right.filter(({ id }) => !before.includes(id))];
}

function Sift({ column, all, label, value, choose }: { column: string; all: string; label: string; value: string; choose(value: string): void }) {
  const speaks = useLive(language);
  return (
    <label><span>{label}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{all}</option>
        {(schema.column("factor", column).choices ?? []).map((each) => <option key={each.code} value={each.code}>{each.label[speaks]}</option>)}
      </select>
    </label>
  );
}

function Factor({ row, open, toggle }: { row: Row; open: boolean; toggle(): void }) {
  const words = useWords(factorsWords);
  const score = typeof row.score === "number" ? row.score : 0;
  const side = row.impact === "negative" ? "negative" : "positive";
  const around = [row.domain, row.origin].map((code, index) => (code === null || code === undefined ? null : readable("factor", index === 0 ? "domain" : "origin", code))).filter(Boolean).join(" · ");
  return (
    <li data-row={row.id} class={open ? "factor open" : "factor"}>
      <button class="factor-head" aria-expanded={open} onClick={toggle}>
        <span class="factor-name">{titleOf(row)}{around && <small class="hint">{around}</small>}</span>
        <span class="unseen">{score === 0 ? words.unscored : words.bar(words[side], score)}</span>
        <span class={`bar-track ${side}`} aria-hidden="true"><i style={{ width: `${score * 5}%` }} />{score > 0 ? <b>{score}</b> : <small>{words.unscored}</small>}</span>
      </button>
      {open && <Open row={row} />}
    </li>
  );
}

function Open({ row }: { row: Row }) {
  const form = useRowForm(row);
  return (
    <div class="factor-body">
      <Field form={form} column="description" />
      <div class="factor-cells">{rest.map((column) => <Field key={column} form={form} column={column} />)}</div>
      <Field form={form} column="comments" />
      <div class="row-tools">
        <Comments row={row} />
        <Remove row={row} worded />
      </div>
    </div>
  );
}
