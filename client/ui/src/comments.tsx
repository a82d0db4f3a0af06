// What people say about a row, whichever it is: a button with the number of what is not settled, and the talk over the page, from where
// the row's history is reached, too. A coach, who may not change the row, may speak here.
import { useEffect, useState } from "preact/hooks";
import type { Row } from "./api";
import { api, autosave, mayWrite, schema } from "./app";
import { Field } from "./fields/Field";
import { Remove } from "./fields/Remove";
import type { Form } from "./form";
import { Media } from "./Media";
import { mediaAbout } from "./media/known";
import { useAllRows, useDraft, useForm, useMe, useRow, useWords } from "./hooks";
import { Dialog } from "./shell/Dialog";
import { Icon } from "./shell/icons";
import { titleOf } from "./titles";
import { moment } from "./words";
import { commentsWords } from "./words/pages/comments";
import "./comments.css";

export function Comments({ row }: { row: Row }) {
  const own = useWords(commentsWords);
  const comments = useAllRows("comment");
  const media = useAllRows("media");
  const [open, setOpen] = useState(false);
  const number = schema.table(row.table).number;
  const later = !comments || schema.missing(row.table, row); // a row that is only begun: nothing may move under the hand when it stands
  const about = (comments ?? []).filter((each) => each.about === row.id && each.about_table === number && each.space === row.space);
  const waiting = about.filter(({ settled }) => settled !== 1).length;
  const pictures = row.table === "media" ? 0 : mediaAbout(media, number, row.id).length;
  const name = `${own.title} : ${titleOf(row)}${waiting > 0 ? ` (${own.waiting(waiting)})` : ""}`;
  return (
    <>
      <button class={`icon quiet talk ${later ? "later" : waiting > 0 ? "some" : ""}`} title={own.title} onClick={() => setOpen(true)}>
        <Icon sign="talk" /><span class="unseen">{name}</span>{waiting > 0 && <b aria-hidden="true">{waiting}</b>}
        {pictures > 0 && <><Icon sign="photo" /><span class="unseen">{own.media(pictures)}</span></>}
      </button>
      {open && (
        <Dialog title={own.title} close={() => setOpen(false)}>
          <p class="hint">{titleOf(row)}</p>
          <Talk row={row} number={number} comments={about} />
          {row.table !== "media" && <Media of={row} />}
          <p><a href={`#/history/${row.id}`}>{own.history}</a></p>
        </Dialog>
      )}
    </>
  );
}

// The newest stands first, below the place for the next.
function Talk({ row, number, comments }: { row: Row; number: number; comments: Row[] }) {
  const own = useWords(commentsWords);
  const me = useMe();
  const draft = useDraft(`comment|${row.id}`, "comment", row.space, { about: row.id, about_table: number, ...(me === null ? {} : { author: me }) });
  const may = mayWrite("comment", row.space);
  const begins = may && draft && !comments.some(({ id }) => id === draft.id);
  const at = (form: Form, row?: Row) => <Comment key={form.id} form={form} row={row} mine={!row || (may && (row.author ?? null) === me)} may={may} />;
  const newest = [...comments].sort((a, b) => (a.settled ?? 0) === (b.settled ?? 0) ? b.id - a.id : Number(a.settled ?? 0) - Number(b.settled ?? 0));
  return (
    <>
      {!may && comments.length === 0 && <p>{own.readOnly}</p>}
      {[
        ...(begins ? [at(draft)] : []),
        ...newest.map((each) => at(autosave.of(each), each)),
      ]}
    </>
  );
}

// Without a row while it is only begun: it stands under the same hand when it becomes one.
function Comment({ form, row, mine, may }: { form: Form; row?: Row; mine: boolean; may: boolean }) {
  const own = useWords(commentsWords);
  useForm(form);
  const first = useFirst(row?.id ?? 0);
  const author = useRow("person", typeof row?.author === "number" ? row.author : null);
  const settled = form.value("settled") === 1;
  const settle = (on: boolean) => {
    form.set("settled", on ? 1 : 0);
    void form.save();
  };
  return (
    <div class={settled ? "comment settled" : "comment"}>
      {mine ? <Field form={form} column="text" label={own.write} hideLabel placeholder={row ? undefined : own.placeholder} /> : <p class="wording">{row!.text}</p>}
      {row && <p class="comment-foot hint">
        <span>{[author?.name ?? first?.by, first && moment(first.written)].filter(Boolean).join(", ")}</span>
        {may && <label class="tick"><input type="checkbox" checked={settled} onChange={(event) => settle(event.currentTarget.checked)} />{own.settled}</label>}
        {mine && <Remove row={row} />}
      </p>}
    </div>
  );
}

// Who wrote a row first, and when. Nothing of it is shown where the server does not know yet.
export function useFirst(id: number): { by: string; written: number } | null {
  const [first, setFirst] = useState<{ by: string; written: number } | null>(null);
  useEffect(() => {
    let shown = true;
    if (id) api.history(id).then((all) => { const last = all[all.length - 1]; if (shown && last) setFirst(last); }, () => {});
    return () => { shown = false; };
  }, [id]);
  return first;
}
