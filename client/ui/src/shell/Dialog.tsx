// A small sheet over the page: the focus stays in it, Escape and a touch beside it close it, and the focus goes back where it was.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useCommon } from "../hooks";

export function Dialog({ title, close, children }: { title: string; close(): void; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const words = useCommon();
  const shut = useRef(close);
  shut.current = close;

  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    return () => before?.focus();
  }, []);
  useEffect(() => {
    const wanted = box.current?.querySelector<HTMLElement>("textarea, input");
    (wanted ?? box.current)?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") shut.current();
    if (event.key !== "Tab") return;
    const stops = [...box.current!.querySelectorAll<HTMLElement>("a[href], button:not(:disabled), input, select, textarea")];
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0])?.focus();
  };

  return (
    <div class="dialog-ground" onClick={(event) => { if (event.target === event.currentTarget) close(); }}>
      <div class="dialog" role="dialog" aria-modal="true" aria-labelledby="dialog-title" tabIndex={-1} ref={box} onKeyDown={onKeyDown}>
        <div class="dialog-head">
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="icon quiet" aria-label={words.toast.close} onClick={close}>×</button>
        </div>
        {children}
      </div>
    </div>
  );
}
