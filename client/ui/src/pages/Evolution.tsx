// How a question went from wording to wording. Where somebody changed it, the one before may be kept, with the reason; on demand every step
// that was saved is shown, too.
import { useEffect, useState } from "preact/hooks";
import type { Row, Wording } from "../api";
import { api, complain, mayWrite, remove, store } from "../app";
import { Differences } from "../Differences";
import { AddRow } from "../fields/AddRow";
import { Field } from "../fields/Field";
import { Ordered } from "../fields/Ordered";
import { useCommon, useMe, useRow, useRowForm, useRows, useWords } from "../hooks";
import { inOrder, lastPosition } from "../order";
import { isBlank } from "../schema";
import { toast } from "../toasts";
import { dayShort, moment, today } from "../words";
import { questionsWords } from "../words/pages/questions";
import { earlierWording, sittings } from "./wordings";

// The versions of the wording as they were when the page was opened; what is typed since is not yet meant to stay.
function useOpened(question: Row): readonly Wording[] | null {
  const [opened, setOpened] = useState<Wording[] | null>(null);
  useEffect(() => {
    let shown = true;
    api.history(question.id).then((all) => shown && setOpened(sittings(all, "wording")), () => shown && setOpened([]));
    return () => { shown = false; };
  }, [question.id]);
  return opened;
}

export function Evolution({ question }: { question: Row }) {
  const words = useWords(questionsWords);
  const all = useRows("wording");
  const opened = useOpened(question);
  const [shown, show] = useState(false);
  if (!all || !opened) return null;
  const kept = inOrder(all.filter((each) => each.question === question.id));
  const now = String(question.wording ?? "").trim();
  const before = earlierWording(opened.map(({ value }) => String(value)), kept.map(({ text }) => String(text)));
  const isChanged = before !== null && now !== "" && before.trim() !== now;
  return (
    <>
      {isChanged && mayWrite("wording", question.space) && <Keep key={before} question={question} before={before} kept={kept} />}
      {now !== "" && (
        <div class="evolution">
          <button class="quiet" aria-expanded={shown} onClick={() => show(!shown)}>{words.evolution}{kept.length > 0 && <span class="hint"> · {words.steps(kept.length)}</span>}</button>
          {shown && <Line question={question} kept={kept} />}
        </div>
      )}
    </>
  );
}

function Keep({ question, before, kept }: { question: Row; before: string; kept: Row[] }) {
  const words = useWords(questionsWords), { toast: common } = useCommon();
  const me = useMe();
  const [reason, setReason] = useState("");
  const id = `reason-${question.id}`;
  const keep = async () => {
    const fields = { question: question.id, position: lastPosition(kept), written_on: today(), text: before, ...(reason.trim() === "" ? {} : { reason: reason.trim() }), ...(me === null ? {} : { author: me }) };
    try {
      const { row } = await api.add({ table: "wording", space: question.space, fields });
      store.show(row);
      toast(words.kept, { label: common.undo, act: () => void remove(row) });
    } catch (error) {
      complain(error);
    }
  };
  return (
    <div class="keep">
      <p><b>{words.changed}</b> {words.changedLead}</p>
      <p class="hint">{words.before}</p>
      <Differences before={before} after={String(question.wording)} />
      <label class="field-label" for={id}>{words.reason}</label>
      <div class="by-name-line">
        <input id={id} type="text" placeholder={words.reasonExample} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        <button class="main" onClick={() => void keep()}>{words.keep}</button>
      </div>
    </div>
  );
}

// The first wording stands on top, the one of now below; between them, what changed, when, by whom and why.
function Line({ question, kept }: { question: Row; kept: Row[] }) {
  const words = useWords(questionsWords);
  const [edited, edit] = useState(false), [steps, showSteps] = useState(false);
  const texts = [...kept.map(({ text }) => String(text ?? "")), String(question.wording ?? "")];
  if (edited) return <Edit question={question} kept={kept} close={() => edit(false)} />;
  return (
    <>
      {kept.length === 0 ? <p class="hint">{words.unchanged}</p> : (
        <ol class="versions">
          {texts.map((text, index) => (
            <li key={kept[index]?.id ?? 0} class={index === kept.length ? "version standing" : "version"}>
              {index > 0 && <Change wording={kept[index - 1]!} />}
              {index === 0 ? <p class="hint">{words.firstWording}</p> : index === kept.length && <p class="hint">{words.nowWording}</p>}
              {index === 0 ? <p class="wording">{text}</p> : <Differences before={texts[index - 1]!} after={text} />}
            </li>
          ))}
        </ol>
      )}
      {steps && <Steps question={question} />}
      <p class="evolution-acts">
        {mayWrite("wording", question.space) && <button class="quiet" onClick={() => edit(true)}>{words.correct}</button>}
        <button class="quiet" aria-expanded={steps} onClick={() => showSteps(!steps)}>{steps ? words.hideDrafts : words.drafts}</button>
      </p>
    </>
  );
}

// Why a wording was left for the next one.
function Change({ wording }: { wording: Row }) {
  const author = useRow("person", typeof wording.author === "number" ? wording.author : null);
  const head = [isBlank(wording.written_on) ? null : dayShort(String(wording.written_on)), author?.name].filter(Boolean).join(", ");
  return <p class="change">{head && <b>{head}</b>}{!isBlank(wording.reason) && <> {wording.reason}</>}</p>;
}

function Steps({ question }: { question: Row }) {
  const words = useWords(questionsWords);
  const sat = useOpened(question);
  if (!sat) return null;
  if (sat.length === 0) return <p class="hint">{words.noDrafts}</p>;
  return (
    <ol class="versions">
      {sat.map((each, index) => (
        <li key={each.number} class={each.standing ? "version standing" : "version"}>
          <p class="hint">{each.merged ? words.together : each.by}, {moment(each.written)}</p>
          <Differences before={String((index === 0 ? each : sat[index - 1]!).value)} after={String(each.value)} />
        </li>
      ))}
    </ol>
  );
}

function Edit({ question, kept, close }: { question: Row; kept: Row[]; close(): void }) {
  const words = useWords(questionsWords);
  return (
    <>
      <Ordered rows={kept} numbered render={(row) => <Earlier key={row.id} row={row} />} />
      <AddRow table="wording" space={question.space} preset={{ question: question.id, position: lastPosition(kept) }} label={words.addEarlier} />
      <p class="evolution-acts"><button class="quiet" onClick={close}>{words.close}</button></p>
    </>
  );
}

function Earlier({ row }: { row: Row }) {
  const form = useRowForm(row);
  return <div>{["text", "written_on", "reason", "author"].map((column) => <Field key={column} form={form} column={column} lines={1} />)}</div>;
}
