// Photos, sounds and clips of a row, whichever it is: a strip of them with their captions, and the buttons by which more are added.
import { useRef, useState } from "preact/hooks";
import type { Row } from "./api";
import { autosave, complain, mayWrite, schema } from "./app";
import { Field } from "./fields/Field";
import { useAllRows, useRowForm, useWords } from "./hooks";
import { keep, prepare, type Kind, type Subject } from "./media/keep";
import { mediaAbout, refreshMedia } from "./media/known";
import { Take } from "./media/Take";
import { View } from "./media/View";
import { costOf } from "./media/cost";
import { isBlank } from "./schema";
import { Icon, type Sign } from "./shell/icons";
import { mediaWords } from "./words/pages/media";
import "./Media.css";

const isTouched = () => matchMedia("(pointer: coarse)").matches;

// `adds`: this is where people write; else it is shown where there is something. `captioned`: what it is of has no caption of its own.
export function Media({ of, adds = true, captioned = true }: { of: Subject; adds?: boolean; captioned?: boolean }) {
  const own = useWords(mediaWords);
  const rows = mediaAbout(useAllRows("media"), schema.table(of.table).number, of.id);
  const may = adds && mayWrite("media", of.space);
  if (rows.length === 0 && !may) return null;
  return (
    <div class="media" role="group" aria-label={own.title}>
      <Strip rows={rows} writes={may && captioned} />
      {may && <Adds of={of} />}
    </div>
  );
}

// What is shown of media wherever they stand; each opens large, with the others beside it.
export function Strip({ rows, writes = false }: { rows: readonly Row[]; writes?: boolean }) {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <>
      {rows.length > 0 && <ul class="media-strip">{rows.map((row) => <Thumb key={row.id} row={row} writes={writes} open={() => setOpen(row.id)} />)}</ul>}
      {open !== null && <View rows={rows} id={open} go={setOpen} close={() => setOpen(null)} />}
    </>
  );
}

const signs: Record<string, Sign> = { sound: "voice", clip: "clip" };
export const minutes = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function Thumb({ row, writes, open }: { row: Row; writes: boolean; open(): void }) {
  const own = useWords(mediaWords);
  const kind = own.kinds[String(row.kind ?? "photo")] ?? own.title, sign = signs[String(row.kind)];
  const long = sign && typeof row.seconds === "number" ? minutes(row.seconds) : null;
  return (
    <li data-row={row.id} class="media-one">
      <button class="thumb" aria-label={own.open([kind, long, row.caption].filter((each) => !isBlank(each)).join(", "))} onClick={open}>
        {isBlank(row.preview) ? <Icon sign={sign ?? "photo"} /> : <img src={String(row.preview)} alt="" />}
        {sign && <span class="thumb-kind"><Icon sign={sign} />{long}</span>}
      </button>
      {writes ? <Caption row={row} /> : !isBlank(row.caption) && <p class="thumb-caption">{row.caption}</p>}
    </li>
  );
}

export function Caption({ row }: { row: Row }) {
  const own = useWords(mediaWords);
  return <Field form={useRowForm(row)} column="caption" hideLabel placeholder={own.caption} />;
}

interface Way {
  name: string;
  sign: Sign;
  accept: string;
  capture?: boolean;
  records?: Kind;
}

export function Adds({ of }: { of: Subject }) {
  const own = useWords(mediaWords);
  const input = useRef<HTMLInputElement>(null);
  const [left, setLeft] = useState(0);
  const [said, say] = useState<string[]>([]);
  const [asks, setAsks] = useState<{ kind: Kind; file: File | null }[]>([]);
  const touched = isTouched();
  const ways: Way[] = [
    { name: own.photo, sign: "photo", accept: "image/*", capture: touched },
    { name: own.voice, sign: "voice", accept: "audio/*", records: "sound" },
    touched ? { name: own.clip, sign: "clip", accept: "video/*", capture: true } : { name: own.clip, sign: "clip", accept: "video/*", records: "clip" },
    ...(touched ? [{ name: own.choose, sign: "choose" as const, accept: "image/*,audio/*,video/*" }] : []),
  ];

  // Photos are kept at once; what is long and may cost is asked about first.
  const take = async (files: File[]) => {
    const longs = files.filter(({ type }) => /^(audio|video)\//.test(type)), photos = files.filter((file) => !longs.includes(file));
    setAsks(longs.map((file) => ({ kind: file.type.startsWith("audio/") ? "sound" : "clip", file })));
    const troubles = new Set<string>();
    let bytes = 0, added = 0;
    for (const [index, file] of photos.entries()) {
      setLeft(photos.length - index);
      const taken = await prepare(file);
      if (typeof taken === "string") { troubles.add(own.trouble[taken]!); continue; }
      try {
        await keep(taken, of);
        bytes += taken.medium.size;
        ++added;
      } catch (error) {
        complain(error);
      }
    }
    setLeft(0);
    refreshMedia();
    const told = added > 0 ? await costOf(own, bytes, of.space) : null;
    say([...troubles, ...(told ? [own.added(added, told.here), told.others] : [])].filter((each) => each !== ""));
  };
  const choose = ({ accept, capture, records }: Way) => {
    if (records) return setAsks([{ kind: records, file: null }]);
    input.current!.accept = accept;
    if (capture) input.current!.setAttribute("capture", "environment");
    else input.current!.removeAttribute("capture");
    input.current!.multiple = !capture;
    input.current!.click();
  };
  const [ask] = asks;
  return (
    <>
      <div class="media-adds">
        {ways.map((way) => <button key={way.sign} class="quiet" disabled={left > 0 || of.id === null || !autosave.mayStand({ about: of.id })} onClick={() => choose(way)}><Icon sign={way.sign} />{way.name}</button>)}
        <input type="file" ref={input} hidden onChange={({ currentTarget }) => { const files = [...(currentTarget.files ?? [])]; currentTarget.value = ""; void take(files); }} />
      </div>
      <div role="status" class="hint media-said">{left > 0 ? <p>{own.working(left)}</p> : said.map((line) => <p key={line}>{line}</p>)}</div>
      {ask && <Take key={ask.file?.name ?? ask.kind} kind={ask.kind} file={ask.file} of={of} close={() => setAsks(asks.slice(1))} />}
    </>
  );
}
