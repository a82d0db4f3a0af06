// Listens to the server's events while the page is seen, for ever: where the connection is lost it is made again, at first soon and then at
// most every five seconds. A page that nobody sees lets go of it, since a browser has only six for all its tabs. Whoever hears `connected`
// asks anew for what it shows, since events may have passed meanwhile.
import type { SyncEvent } from "./api";

export interface Hearing {
  connected(): void;
  lost(): void;
  rows(tables: string[]): void;
  sync(event: SyncEvent): void;
  status(): void;
}

const first_pause_ms = 500, longest_pause_ms = 5000;

export function listen(hear: Hearing): { again(): void } {
  let pause = first_pause_ms;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;

  const open = () => {
    timer = undefined;
    if (document.visibilityState === "hidden") return;
    const opened = (source = new EventSource("/api/events"));
    opened.onopen = () => {
      pause = first_pause_ms;
      hear.connected();
    };
    opened.onerror = () => {
      opened.close();
      hear.lost();
      timer ??= setTimeout(open, pause);
      pause = Math.min(pause * 2, longest_pause_ms);
    };
    const on = (name: string, then: (data: unknown) => void) =>
      opened.addEventListener(name, (event) => then(JSON.parse((event as MessageEvent<string>).data)));
    on("rows", (data) => hear.rows((data as { tables: string[] }).tables));
    on("sync", (data) => hear.sync(data as SyncEvent));
    on("status", () => hear.status());
  };
  const again = () => {
    if (source !== undefined && source.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    open();
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") return again();
    clearTimeout(timer);
    source?.close();
  });
  open();
  return { again };
}
