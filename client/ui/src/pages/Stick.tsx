// Without a connection: what was brought in files is read, and files are made for others.
import { useEffect, useRef, useState } from "preact/hooks";
import type { BundleMade, BundleReader } from "../api";
import { api, changes, complain, device } from "../app";
import { useCommon, useLive, useWords } from "../hooks";
import { Sheet } from "../shell/Sheet";
import { readBundles, readings, whenFree, type Reading } from "../stick";
import { bytes, number } from "../words";
import { stickWords } from "../words/pages/stick";
import { syncWords } from "../words/pages/sync";
import "./Stick.css";

export function Stick() {
  const words = useWords(stickWords), sync = useWords(syncWords);
  const isSample = useLive(device)?.sample === true;
  return (
    <Sheet title={words.title} lead={words.lead}>
      {isSample ? <p class="notice-inline">{sync.sample}</p> : <><Read /><Make /></>}
    </Sheet>
  );
}

function Read() {
  const words = useWords(stickWords);
  const all = useLive(readings);
  const input = useRef<HTMLInputElement>(null);
  return (
    <section>
      <h2>{words.read}</h2>
      <div class="drop-here">
        <p>{words.how}</p>
        <button class="main" onClick={() => input.current!.click()}>{words.choose}</button>
        <input ref={input} type="file" multiple hidden onChange={({ currentTarget: chosen }) => {
          readBundles([...chosen.files!]);
          chosen.value = "";
        }} />
      </div>
      <ul class="parts" aria-live="polite">{all.map((each, index) => <Said key={index} reading={each} />)}</ul>
    </section>
  );
}

function Said({ reading: { name, part, waits, said } }: { reading: Reading }) {
  return (
    <li>
      <b>{name}</b>
      {!said && <>{part === 0 && waits && <p>{waits}</p>}<progress aria-label={name} value={part} /></>}
      {said?.came.map((text) => <p key={text}>{text}</p>)}
      {said?.missing.map((text) => <p key={text} class="field-wrong">{text}</p>)}
    </li>
  );
}

const volumes_mb = [0, 15, 100, 1000];

function Make() {
  const words = useWords(stickWords), common = useCommon();
  const changed = useLive(changes), read = useLive(readings);
  const [readers, setReaders] = useState<BundleReader[]>([]);
  const [whom, setWhom] = useState(""), [photos, setPhotos] = useState(false), [volume, setVolume] = useState(0);
  const [made, setMade] = useState<BundleMade | null>(null), [busy, setBusy] = useState("");
  const first = useRef<HTMLAnchorElement>(null);
  useEffect(() => void api.bundles().then(({ readers }) => setReaders(readers), complain), [changed, read.every(({ said }) => said)]);
  useEffect(() => first.current?.focus(), [made?.done]);
  const reader = readers.find((each) => each.for === whom) ?? readers[0];
  if (!reader) return null;
  const changing = <T,>(set: (value: T) => void) => (value: T) => { set(value); setMade(null); };
  const prepare = async () => {
    setBusy(common.loading);
    try {
      let now = await whenFree(() => api.makeBundle({ for: reader.for, photos, volume_mb: volume }), setBusy);
      while (!now.done) setMade((now = await api.goOn()));
    } catch (error) {
      setMade(null);
      complain(error);
    }
    setBusy("");
  };
  const all = reader.bytes + (photos ? reader.photo_bytes : 0), isReady = !busy && made?.done;
  return (
    <section>
      <h2>{words.make}</h2>
      <form onSubmit={(event) => { event.preventDefault(); void prepare(); }}>
        <Choice label={words.whom} value={reader.for} choose={changing(setWhom)} options={readers.map((each) => [each.for, each.kind === "space" ? words.space(each.name) : each.name])} />
        {reader.photos > 0 && (
          <label class="tick"><input type="checkbox" checked={photos} onChange={(event) => changing(setPhotos)(event.currentTarget.checked)} /><span>{words.photos(reader.photos, bytes(reader.photo_bytes))}</span></label>
        )}
        <Choice label={words.volumes} value={volume} choose={(mb) => changing(setVolume)(Number(mb))} options={volumes_mb.map((mb) => [mb, mb ? words.each(bytes(mb * 1e6)) : words.whole])} />
        <p class="hint">{reader.rows + reader.photos === 0 ? words.nothing : words.about(number(reader.rows), bytes(all))}</p>
        <button type="submit" class="main" disabled={busy !== ""}>{words.go}</button>
      </form>
      <div role="status">
        {busy && <><p>{made ? bytes(made.bytes) : busy}</p><progress aria-label={words.go} max={all} value={made?.bytes ?? 0} /></>}
        {isReady && <p>{words.ready(bytes(made.bytes))}</p>}
      </div>
      {isReady && (
        <ul class="parts">
          {made.files.map(({ name, bytes: size }, index) => <li key={name}><a ref={index ? undefined : first} class="bundle-file" href={`/bundle/${name}`} download>{name} ({bytes(size)})</a></li>)}
        </ul>
      )}
    </section>
  );
}

function Choice({ label, value, options, choose }: { label: string; value: string | number; options: [string | number, string][]; choose(value: string): void }) {
  return (
    <label class="field-label">
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>{options.map(([each, text]) => <option key={each} value={each}>{text}</option>)}</select>
    </label>
  );
}
