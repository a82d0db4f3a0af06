// Records a voice note or a short clip, or takes one of a file; before it is kept, it is played and what it costs to send is told. Who
// closes the sheet while it records ends the recording, and what was recorded is kept unless somebody says not to.
import { useEffect, useRef, useState } from "preact/hooks";
import { complain } from "../app";
import { useWords } from "../hooks";
import { Dialog } from "../shell/Dialog";
import { minutes } from "../Media";
import { mediaWords } from "../words/pages/media";
import { costOf } from "./cost";
import { keep, longest_clip_s, longest_sound_s, prepare, type Kind, type Subject, type Taken } from "./keep";
import { refreshMedia } from "./known";

const bits = { audioBitsPerSecond: 16_000, videoBitsPerSecond: 400_000 };
const types = { sound: ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"], clip: ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"] };
const picture = { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15 } };

type State = { at: "begin"; wrong?: string } | { at: "opening" } | { at: "recording"; stream: MediaStream; end(): void; since: number } | { at: "taken"; taken: Taken; url: string; recorded: boolean };
interface TakeProps {
  kind: Kind;
  file: File | null;
  of: Subject;
  close(): void;
}

export function Take({ kind, file, of, close }: TakeProps) {
  const own = useWords(mediaWords);
  const [state, setState] = useState<State>({ at: file || kind !== "sound" ? "begin" : "opening" });
  const [busy, setBusy] = useState(false);
  const shown = useRef(true), running = useRef<MediaStream | null>(null);
  const most = kind === "sound" ? longest_sound_s : longest_clip_s;

  const take = async (blob: Blob, measured: number | null) => {
    const taken = await prepare(blob, measured);
    if (!shown.current) return;
    setState(typeof taken === "string" ? { at: "begin", wrong: taken } : { at: "taken", taken, url: URL.createObjectURL(taken.medium), recorded: measured !== null });
  };
  const record = async () => {
    if (!navigator.mediaDevices || !globalThis.MediaRecorder) return setState({ at: "begin", wrong: "noDevice" });
    setState({ at: "opening" });
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, ...(kind === "clip" ? { video: picture } : {}) });
      if (!shown.current) return stop(stream);
      running.current = stream;
      const type = types[kind as "sound" | "clip"].find((each) => MediaRecorder.isTypeSupported(each));
      const recorder = new MediaRecorder(stream, { ...bits, ...(type ? { mimeType: type } : {}) });
      const parts: Blob[] = [], since = performance.now();
      const timer = setTimeout(() => recorder.stop(), most * 1000);
      recorder.ondataavailable = ({ data }) => { if (data.size > 0) parts.push(data); };
      recorder.onstop = () => {
        clearTimeout(timer);
        stop(stream);
        void take(new Blob(parts, { type: recorder.mimeType }), Math.min(most, (performance.now() - since) / 1000));
      };
      recorder.start(1000);
      setState({ at: "recording", stream, since, end: () => { if (recorder.state !== "inactive") recorder.stop(); } });
    } catch {
      if (shown.current) setState({ at: "begin", wrong: "notAllowed" });
    }
  };
  useEffect(() => {
    if (file) void take(file, null);
    else if (kind === "sound") void record();
    return () => { shown.current = false; if (running.current) stop(running.current); };
  }, []);
  const url = state.at === "taken" ? state.url : null;
  useEffect(() => () => { if (url) URL.revokeObjectURL(url); }, [url]);

  const keepIt = async () => {
    if (state.at !== "taken" || busy) return;
    setBusy(true);
    try {
      await keep(state.taken, of);
      refreshMedia();
      close();
    } catch (error) {
      setBusy(false);
      complain(error);
    }
  };
  const leave = () => {
    if (state.at === "recording") state.end();
    else if (state.at === "taken" && state.recorded) void keepIt();
    else close();
  };
  return (
    <Dialog title={kind === "sound" ? own.sound : own.clipTitle} close={leave}>
      {state.at === "begin" && (file && !state.wrong ? <p role="status">…</p> : <Begin kind={kind} wrong={state.wrong} record={record} choose={(chosen) => void take(chosen, null)} />)}
      {state.at === "opening" && <p role="status">…</p>}
      {state.at === "recording" && <Recording kind={kind} {...state} most={most} />}
      {state.at === "taken" && (
        <>
          {kind === "sound" ? <audio class="taken" controls src={state.url} aria-label={own.sound} /> : <video class="taken" controls playsInline src={state.url} aria-label={own.clipTitle} />}
          <Cost count={state.taken.medium.size} space={of.space} />
          <p class="take-acts">
            <button class="main" disabled={busy} onClick={() => void keepIt()}>{own.keep}</button>
            <button disabled={busy} onClick={close}>{own.drop}</button>
          </p>
        </>
      )}
    </Dialog>
  );
}

const stop = (stream: MediaStream) => stream.getTracks().forEach((track) => track.stop());

function Begin({ kind, wrong, record, choose }: { kind: Kind; wrong: string | undefined; record(): void; choose(file: File): void }) {
  const own = useWords(mediaWords);
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <p>{kind === "sound" ? own.soundLead : own.clipLead}</p>
      {wrong && <p class="field-wrong" role="alert">{own.trouble[wrong]}</p>}
      <p class="take-acts">
        {wrong !== "noDevice" && <button class="main" onClick={record}>{own.record}</button>}
        <button onClick={() => input.current!.click()}>{own.chooseFile}</button>
        <input type="file" hidden ref={input} accept={kind === "sound" ? "audio/*" : "video/*"} onChange={({ currentTarget }) => currentTarget.files?.[0] && choose(currentTarget.files[0])} />
      </p>
    </>
  );
}

function Recording({ kind, stream, since, end, most }: { kind: Kind; stream: MediaStream; since: number; end(): void; most: number }) {
  const own = useWords(mediaWords);
  const [now, setNow] = useState(0);
  const video = useRef<HTMLVideoElement>(null), button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
    button.current!.focus();
    const timer = setInterval(() => setNow((performance.now() - since) / 1000), 500);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      {kind === "clip" && <video class="taken" ref={video} muted autoplay playsInline aria-label={own.clipTitle} />}
      <p class="recording" role="timer">{own.recording(minutes(now), minutes(most))}</p>
      <p><button class="main" ref={button} onClick={end}>{own.stop}</button></p>
    </>
  );
}

function Cost({ count, space }: { count: number; space: number }) {
  const own = useWords(mediaWords);
  const [told, tell] = useState<{ here: string; others: string } | null>(null);
  useEffect(() => void costOf(own, count, space).then(tell), [count, space]);
  return <p role="status">{told && <>{own.cost(told.here)} {told.others}</>}</p>;
}
