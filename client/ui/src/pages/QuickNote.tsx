// A note from anywhere in two taps: the button, and the place where one writes. It is saved like everything else.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { mayWrite, schema, space } from "../app";
import { visitsOn } from "../day";
import { Field } from "../fields/Field";
import type { Form } from "../form";
import { useAllRows, useDraft, useForm, useLive, useMe, useRows, useToday, useWords } from "../hooks";
import { Dialog } from "../shell/Dialog";
import { Icon } from "../shell/icons";
import { titleOf } from "../titles";
import { toast } from "../toasts";
import { dayShort } from "../words";
import { todayWords } from "../words/pages/today";
import { notesAbout, placeOfNote, type NotePlace } from "./today/place";
import "./QuickNote.css";

// Reads beforehand what it needs, so that the first letter finds its place.
export function QuickNote() {
  const words = useWords(todayWords);
  const [open, setOpen] = useState(false);
  useEffect(markWriting, []);
  const here = useLive(space), me = useMe();
  const visits = useAllRows("visit"), partnerships = useRows("partnership"), organisations = useAllRows("organisation");
  const day = useToday();
  if (!visits || !partnerships || !organisations) return null;
  const about = notesAbout(partnerships, organisations, visits, here);
  const place = placeOfNote(visitsOn(visits, day, here)[0], about, day, me, (table) => schema.table(table).number, mayWrite);
  if (!place) return null;
  const close = () => setOpen(false);
  return (
    <>
      <button class="quick main" onClick={() => setOpen(true)}><Icon sign="note" /><span>{words.note}</span></button>
      {open && <Dialog title={words.noteTitle} close={close}><Write place={place} day={day} close={close} /></Dialog>}
    </>
  );
}

// On a phone the button stands aside for who writes.
function markWriting(): () => void {
  const mark = () => document.body.classList.toggle("writing", document.activeElement?.matches("textarea, input, select") === true);
  const changed = () => setTimeout(mark); // between two fields nothing has the focus
  for (const each of ["focusin", "focusout"]) document.addEventListener(each, changed);
  return () => { for (const each of ["focusin", "focusout"]) document.removeEventListener(each, changed); };
}

// A draft that became a row stays in the dialog until it is closed.
function Write({ place, day, close }: { place: NotePlace; day: string; close(): void }) {
  const draft = useDraft(`note|${place.about.id}|${day}`, place.table, place.space, place.preset);
  const [form, keep] = useState<Form | null>(draft);
  useLayoutEffect(() => { if (!form && draft) keep(draft); }, [form, draft]);
  return form && <Writing form={form} place={place} day={day} close={close} />;
}

function Writing({ form, place, day, close }: { form: Form; place: NotePlace; day: string; close(): void }) {
  const words = useWords(todayWords);
  useForm(form);
  useLayoutEffect(() => document.querySelector<HTMLElement>(".dialog textarea")?.focus(), []);
  const done = () => {
    close();
    if (form.value(place.column) !== null) toast(words.noted);
  };
  return (
    <>
      <p class="hint">{place.table === "journal_entry" ? words.noteJournal(dayShort(day)) : words.noteComment(titleOf(place.about))}</p>
      <Field form={form} column={place.column} label={words.noteLabel} hideLabel placeholder={words.notePlaceholder} />
      <button class="main" onClick={done}>{words.done}</button>
    </>
  );
}
