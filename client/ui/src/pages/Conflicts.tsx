// What two wrote without knowing of each other: both versions side by side, who and when, and a choice that can always be changed; and
// the texts in which several wrote at once, to read again.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Cell, Claim, Conflict, Reread } from "../api";
import { api, changes, complain, conflicts as count, device, mayWrite, rereads as marks, schema, store } from "../app";
import { columnLabel, readable } from "../cells";
import { Differences } from "../Differences";
import { useCommon, useLive, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { titleOf } from "../titles";
import { toast } from "../toasts";
import { language, moment } from "../words";
import { conflictsWords } from "../words/pages/conflicts";
import "./Conflicts.css";

type Choice = "keep" | "take" | { write: Cell };

function useConflicts(decided: boolean): [Conflict[] | null, () => void] {
  const [all, setAll] = useState<Conflict[] | null>(null);
  const changed = useLive(changes), waiting = useLive(count);
  const read = () => void api.conflicts(decided).then(setAll, complain);
  useEffect(read, [decided, changed, waiting]);
  return [all, read];
}

export function Conflicts({ params }: { params: Record<string, string> }) {
  const common = useCommon(), words = useWords(conflictsWords);
  useLive(language);
  const decided = params.which === "decided";
  const [all, again] = useConflicts(decided);
  return (
    <Sheet title={common.nav.conflicts} lead={decided || all?.length ? words.lead : undefined} wide
      above={
        <p class="tabs">
          <a href="#/conflicts" aria-current={decided ? undefined : "page"}>{words.open}</a>
          <a href="#/conflicts/decided" aria-current={decided ? "page" : undefined}>{words.decided}</a>
        </p>
      }>
      {all?.length === 0 && <p>{decided ? words.noneDecided : words.none}</p>}
      <ol class="conflicts">{all?.map((each) => <Card key={`${each.id} ${each.column}`} conflict={each} decided={decided} again={again} />)}</ol>
      {!decided && <Rereads />}
    </Sheet>
  );
}

interface CardProps {
  conflict: Conflict;
  decided: boolean;
  again(): void;
}

function Card({ conflict, decided, again }: CardProps) {
  const words = useWords(conflictsWords);
  const { id, table, column, row, standing } = conflict;
  const [writing, setWriting] = useState<string | null>(null);
  const decide = async (choice: Choice, undo: Cell | undefined) => {
    try {
      store.show((await api.decide(id, column, choice)).row);
      setWriting(null);
      again();
      toast(words.done, undo === undefined ? undefined : { label: words.undo, act: () => void decide({ write: undo }, undefined) });
    } catch (error) {
      complain(error);
    }
  };
  const may = mayDecide(conflict);
  return (
    <li class="conflict">
      <h2><a href={`#/row/${id}`}>{titleOf(row)}</a></h2>
      <p class="hint">{schema.table(table).label[language.now]}{column !== null && conflict.kind === "cell" ? ` · ${columnLabel(table, column)}` : ""}</p>
      {conflict.kind === "deleted" ? <Deleted conflict={conflict} may={may} decide={decide} /> : (
        <>
          <div class="sides">
            <Side title={words.shown} conflict={conflict} claim={standing} against={conflict.others[0]}>
              {may && !decided && <button onClick={() => void decide("keep", undefined)}>{words.keep}</button>}
            </Side>
            {conflict.others.map((other, index) => (
              <Side key={index} title={decided ? words.lost : words.other} conflict={conflict} claim={other} against={standing}>
                {may && <button onClick={() => void decide(index === 0 && !decided ? "take" : { write: other.value }, standing.value)}>{words.take}</button>}
              </Side>
            ))}
          </div>
          {!may ? <p class="hint">{words.readOnly}</p> : writing === null ? (
            <button class="quiet" onClick={() => setWriting(String(standing.value ?? ""))}>{words.write}</button>
          ) : (
            <Third conflict={conflict} value={writing} set={setWriting} save={(value) => void decide({ write: value }, standing.value)} />
          )}
        </>
      )}
    </li>
  );
}

// A coach decides, too, where the table is not the coach's.
function mayDecide({ table, space: of }: Conflict): boolean {
  return mayWrite(table, of) || device.now?.spaces?.find((each) => each.space === of)?.role === "coach";
}

function Side({ title, conflict, claim, against, children }: { title: string; conflict: Conflict; claim: Claim; against: Claim | undefined; children: ComponentChildren }) {
  const text = (value: Cell) => readable(conflict.table, conflict.column, value);
  return (
    <section class="side" aria-label={`${title}: ${claim.by}`}>
      <p class="side-head"><span class="hint">{title}</span><br /><b>{claim.by}</b>, <time>{moment(claim.written)}</time></p>
      {against ? <Differences before={text(against.value)} after={text(claim.value)} show="after" /> : <p class="wording">{text(claim.value)}</p>}
      <div class="side-choice">{children}</div>
    </section>
  );
}

// A third version: free words, or one of the choices that the column has.
function Third({ conflict, value, set, save }: { conflict: Conflict; value: string; set(text: string | null): void; save(value: Cell): void }) {
  const words = useWords(conflictsWords);
  const declared = schema.find(conflict.table, conflict.column ?? "");
  const id = `third-${conflict.id}-${conflict.column}`;
  const isNumber = declared?.type === "integer" || declared?.type === "real" || declared?.type === "reference";
  return (
    <form class="third" onSubmit={(event) => { event.preventDefault(); save(value === "" ? null : isNumber ? Number(value) : value); }}>
      <label class="field-label" for={id}>{words.writeLabel}</label>
      {declared?.type === "code" ? (
        <select id={id} value={value} onChange={(event) => set(event.currentTarget.value)}>
          {declared.choices?.map(({ code, label }) => <option key={code} value={code}>{label[language.now]}</option>)}
        </select>
      ) : declared?.type === "prose" ? <textarea id={id} rows={6} class="long" value={value} onInput={(event) => set(event.currentTarget.value)} />
        : <input id={id} type={declared?.type === "date" || declared?.type === "time" ? declared.type : "text"} value={value} onInput={(event) => set(event.currentTarget.value)} />}
      <p class="third-choice">
        <button type="submit" class="main">{words.writeSave}</button>
        <button class="quiet" onClick={() => set(null)}>{words.cancel}</button>
      </p>
    </form>
  );
}

function Deleted({ conflict, may, decide }: { conflict: Conflict; may: boolean; decide(choice: Choice, undo: Cell | undefined): void }) {
  const words = useWords(conflictsWords);
  const other = conflict.others[0];
  return (
    <>
      <p>{words.deleted(other?.by ?? "?", other ? moment(other.written) : "?")}</p>
      {may ? (
        <p class="third-choice">
          <button class="main" onClick={() => decide("keep", undefined)}>{words.keepRow}</button>
          <button onClick={() => decide("take", undefined)}>{words.deleteRow}</button>
        </p>
      ) : <p class="hint">{words.readOnly}</p>}
    </>
  );
}

function Rereads() {
  const words = useWords(conflictsWords);
  const waiting = useLive(marks);
  const [all, setAll] = useState<Reread[]>([]);
  useEffect(() => void api.rereads().then(setAll, complain), [waiting]);
  if (all.length === 0) return null;
  const confirm = async ({ id, column }: Reread) => {
    try {
      await api.reread(id, column);
      setAll(all.filter((each) => each.id !== id || each.column !== column));
      marks.now = new Set([...marks.now].filter((each) => each !== `${id}:${column}`));
    } catch (error) {
      complain(error);
    }
  };
  return (
    <section>
      <h2>{words.reread}</h2>
      <p class="lead">{words.rereadLead}</p>
      <ol class="conflicts">
        {all.map((each) => (
          <li class="conflict" key={`${each.id} ${each.column}`}>
            <p class="hint"><a href={`#/row/${each.id}`}>{schema.table(each.table).label[language.now]} · {columnLabel(each.table, each.column)}</a></p>
            <p class="wording">{each.value}</p>
            <button class="quiet" onClick={() => void confirm(each)}>{words.rereadDone}</button>
          </li>
        ))}
      </ol>
    </section>
  );
}
