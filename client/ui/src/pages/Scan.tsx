// Reads a QR code, by the camera or from a picture of it. The server of this device finds the code in what is seen, in
// every browser alike (client/API.md, /api/code).
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../app";
import { ApiError } from "../api";
import { useCommon, useWords } from "../hooks";
import { firstRunWords } from "../words/pages/first_run";

type Seen = HTMLVideoElement | ImageBitmap;

export function Scan({ found }: { found(text: string): void }) {
  const own = useWords(firstRunWords), words = useCommon();
  const [isOn, turn] = useState(false);
  const [told, tell] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const ended = (problem: string | null) => { turn(false); tell(problem); };
  const failed = (error: unknown, otherwise: string) => ended(error instanceof ApiError ? error.message : error instanceof DOMException ? otherwise : words.away);
  const look = async (picture: File) => {
    tell(null);
    try {
      const bitmap = await createImageBitmap(picture);
      const text = await codeIn(bitmap, bitmap.width, bitmap.height);
      if (text === null) tell(own.noCode);
      else found(text);
    } catch (error) {
      failed(error, own.noPicture);
    }
  };
  if (isOn) return <Camera found={(text) => { ended(null); found(text); }} failed={(error) => failed(error, own.noCamera)} stop={() => ended(null)} />;
  return (
    <>
      {navigator.mediaDevices && <button onClick={() => { tell(null); turn(true); }}>{own.scan}</button>}
      <button onClick={() => file.current!.click()}>{own.picture}</button>
      <input ref={file} type="file" accept="image/*" hidden onChange={({ currentTarget }) => {
        const [picture] = currentTarget.files ?? [];
        if (picture) void look(picture);
        currentTarget.value = ""; // the same one may be chosen again
      }} />
      {told && <p class="hint" role="alert">{told}</p>}
    </>
  );
}

const look_every_ms = 250;

function Camera({ found, failed, stop }: { found(text: string): void; failed(error: unknown): void; stop(): void }) {
  const words = useWords(firstRunWords);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    let ended = false, stream: MediaStream | undefined;
    const end = () => stream?.getTracks().forEach((track) => track.stop());
    const look = async () => {
      try {
        const seen = video.current!;
        const text = await codeIn(seen, seen.videoWidth, seen.videoHeight);
        if (ended) return;
        if (text !== null) found(text);
        else setTimeout(() => !ended && void look(), look_every_ms);
      } catch (error) {
        if (!ended) failed(error);
      }
    };
    const begin = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        if (ended) return end();
        video.current!.srcObject = stream;
        await video.current!.play();
      } catch (error) {
        if (!ended) failed(error);
        return;
      }
      await look();
    };
    void begin();
    return () => { ended = true; end(); };
  }, []);
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label={words.scanning} />
      <p class="hint">{words.scanning}</p>
      <button onClick={stop}>{words.stop}</button>
    </div>
  );
}

const most_side = 1024; // of what the server takes
const piece = 8192;

async function codeIn(seen: Seen, width: number, height: number): Promise<string | null> {
  const scale = Math.min(1, most_side / Math.max(width, height));
  const small = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const context = Object.assign(document.createElement("canvas"), small).getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // behind what is transparent
  context.fillRect(0, 0, small.width, small.height);
  context.drawImage(seen, 0, 0, small.width, small.height);
  const { data } = context.getImageData(0, 0, small.width, small.height);
  const grey = Uint8Array.from({ length: data.length / 4 }, (_, at) => data[4 * at]! * 0.3 + data[4 * at + 1]! * 0.59 + data[4 * at + 2]! * 0.11);
  let bytes = "";
  for (let at = 0; at < grey.length; at += piece) bytes += String.fromCharCode(...grey.subarray(at, at + piece));
  return (await api.code({ ...small, grey: btoa(bytes) })).text;
}
