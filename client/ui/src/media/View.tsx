// One of several media, large: with its caption, who added it and when, and where its bytes are. Arrows and fingers go on to the next.
import { useEffect, useRef, useState } from "preact/hooks";
import type { MediaItem, Row } from "../api";
import { api, autosave, complain, mayWrite, space } from "../app";
import { Comments, useFirst } from "../comments";
import { Remove } from "../fields/Remove";
import { useLive, useWords } from "../hooks";
import { Caption } from "../Media";
import { isBlank } from "../schema";
import { Dialog } from "../shell/Dialog";
import { Icon } from "../shell/icons";
import { titleOf } from "../titles";
import { toast } from "../toasts";
import { bytes, dayShort, francs, moment } from "../words";
import { mediaWords } from "../words/pages/media";
import { addressOf, blobName, itemOf, refreshMedia, useMediaKnown, type MediaKnown } from "./known";

interface ViewProps {
  rows: readonly Row[];
  id: number;
  go(id: number): void;
  close(): void;
}
const swipe_px = 50;

export function View({ rows, id, go, close }: ViewProps) {
  const own = useWords(mediaWords);
  const at = rows.findIndex((row) => row.id === id), row = rows[at];
  const place = useRef(at), touch = useRef(0);
  const next = rows[Math.min(place.current, rows.length - 1)];
  useEffect(() => {
    if (row) place.current = at;
    else if (next) go(next.id); // it was deleted
    else close();
  });
  if (!row) return null;
  const step = (by: number) => { const to = rows[at + by]; if (to) go(to.id); };
  const onKey = (event: KeyboardEvent) => {
    if ((event.target as Element).matches("input, textarea, audio, video")) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  };
  return (
    <Dialog title={isBlank(row.caption) ? (own.kinds[String(row.kind)] ?? titleOf(row)) : String(row.caption)} close={close} wide onKey={onKey}>
      <div class="view" onTouchStart={({ touches }) => { touch.current = touches[0]!.clientX; }} onTouchEnd={({ changedTouches }) => {
        const moved = changedTouches[0]!.clientX - touch.current;
        if (Math.abs(moved) > swipe_px) step(moved < 0 ? 1 : -1);
      }}>
        <Shown key={row.id} row={row} />
      </div>
      {rows.length > 1 && (
        <p class="view-steps">
          <button class="icon quiet" disabled={at === 0} aria-label={own.previous} onClick={() => step(-1)}><Icon sign="left" /></button>
          <span class="hint">{own.place(at + 1, rows.length)}</span>
          <button class="icon quiet" disabled={at === rows.length - 1} aria-label={own.next} onClick={() => step(1)}><Icon sign="right" /></button>
        </p>
      )}
      <About key={`about ${row.id}`} row={row} />
    </Dialog>
  );
}

// The picture itself: the preview at once, and over it what came.
export function Shown({ row }: { row: Row }) {
  const own = useWords(mediaWords);
  const known = useMediaKnown();
  const name = blobName(row.medium), item = itemOf(known, row, "medium");
  const source = name && item?.here ? addressOf(name) : null;
  const label = isBlank(row.caption) ? own.kinds[String(row.kind)] ?? own.title : String(row.caption);
  const preview = isBlank(row.preview) ? undefined : String(row.preview);
  return (
    <figure class="shown">
      {source && row.kind === "sound" ? <>{preview && <img class="wave" src={preview} alt="" />}<audio controls src={source} aria-label={label} /></>
        : source && row.kind === "clip" ? <video controls playsInline src={source} poster={preview} aria-label={label} />
        : source ?? preview ? <img src={source ?? preview} alt={label} class={source ? undefined : "small"} /> : <p class="hint">{label}</p>}
      {name ? item && known && !item.here && <Comes row={row} item={item} known={known} /> : <p class="hint">{own.previewOnly}</p>}
    </figure>
  );
}

// When what is not here comes, and how much of it did.
function Comes({ row, item, known }: { row: Row; item: MediaItem; known: MediaKnown }) {
  const own = useWords(mediaWords);
  const { nights } = known.down;
  const when = known.policy !== "night" ? own.comes.sync : nights === null ? own.comes.never : own.comes.night(nights);
  const isDue = item.asked || (!item.large && known.fetches === "all");
  return (
    <div class="comes" role="status">
      {item.part > 0 && <p><progress value={item.part} max={item.bytes} aria-label={own.part(bytes(item.part), bytes(item.bytes))} /> {own.part(bytes(item.part), bytes(item.bytes))}</p>}
      {item.why !== "" && <p>{own.why(item.why)}</p>}
      {isDue ? <p>{item.large && `${own.originalAsked} `}{when}</p> : <Ask row={row} item={item} />}
    </div>
  );
}

function Ask({ row, item }: { row: Row; item: MediaItem }) {
  const own = useWords(mediaWords);
  const [cost, setCost] = useState(bytes(item.bytes));
  useEffect(() => {
    api.mediaCost(item.bytes, row.space).then((told) => { if (told.francs !== null) setCost(`${bytes(item.bytes)}, ${francs(told.francs)} FCFA`); }, () => {});
  }, [item.hash]);
  if (item.large && !mayWrite("media", row.space)) return null; // others have to be told by the row
  const ask = async () => {
    try {
      if (item.large) {
        const form = autosave.of(row);
        form.set("original_wanted", 1);
        await form.save();
      }
      await api.askFor(item.hash);
      refreshMedia();
      toast(own.asked, { label: own.syncNow, act: () => void api.sync().catch(complain) });
    } catch (error) {
      complain(error);
    }
  };
  return <p><button onClick={() => void ask()}>{item.large ? own.askOriginal(cost) : own.fetch(cost)}</button></p>;
}

function About({ row }: { row: Row }) {
  const own = useWords(mediaWords);
  useLive(space);
  const first = useFirst(row.id), known = useMediaKnown();
  const name = blobName(row.original), item = itemOf(known, row, "original");
  return (
    <>
      {mayWrite("media", row.space) && <Caption row={row} />}
      <p class="hint">{[isBlank(row.taken_on) ? null : own.taken(dayShort(String(row.taken_on))), first && own.by(first.by, moment(first.written))].filter(Boolean).join(" · ")}</p>
      <div class="view-foot">
        {name && item && known && (item.here ? <a href={addressOf(name)} target="_blank" rel="noopener">{own.openOriginal(bytes(name.bytes))}</a> : <Comes row={row} item={item} known={known} />)}
        <span class="view-tools"><Comments row={row} /><Remove row={row} worded /></span>
      </div>
    </>
  );
}
