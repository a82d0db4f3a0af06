// Reads the QR code of an invite with the camera, where the browser itself knows how to (BarcodeDetector); no library for it.
import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../hooks";
import { firstRunWords } from "../words/pages/first_run";

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
declare const BarcodeDetector: { new (options: { formats: string[] }): Detector } | undefined;

export const canScan = (): boolean => typeof BarcodeDetector !== "undefined" && navigator.mediaDevices !== undefined;

export function Scan({ found }: { found(text: string): void }) {
  const words = useWords(firstRunWords);
  const [state, setState] = useState<"off" | "on" | "denied">("off");
  if (state === "on") return <Camera found={(text) => { setState("off"); found(text); }} denied={() => setState("denied")} stop={() => setState("off")} />;
  return (
    <>
      <button type="button" onClick={() => setState("on")}>{words.scan}</button>
      {state === "denied" && <p class="hint" role="alert">{words.noCamera}</p>}
    </>
  );
}

const look_every_ms = 250;

function Camera({ found, denied, stop }: { found(text: string): void; denied(): void; stop(): void }) {
  const words = useWords(firstRunWords);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    let ended = false, stream: MediaStream | undefined;
    const look = async (detector: Detector) => {
      const codes = await detector.detect(video.current!).catch(() => []);
      const invite = codes[0]?.rawValue;
      if (ended) return;
      if (invite) found(invite);
      else setTimeout(() => !ended && void look(detector), look_every_ms);
    };
    const begin = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        if (ended) return end();
        video.current!.srcObject = stream;
        await video.current!.play();
        await look(new BarcodeDetector!({ formats: ["qr_code"] }));
      } catch {
        if (!ended) denied();
      }
    };
    const end = () => stream?.getTracks().forEach((track) => track.stop());
    void begin();
    return () => { ended = true; end(); };
  }, []);
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label={words.scanning} />
      <p class="hint">{words.scanning}</p>
      <button type="button" onClick={stop}>{words.stop}</button>
    </div>
  );
}
