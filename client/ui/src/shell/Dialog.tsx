// A small sheet over the page: the focus stays in it, Escape and a touch beside it close it, and the focus goes back where it was.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { useCommon } from "../hooks";

interface DialogProps {
  title: string;
  close(): void;
  wide?: boolean; // to look at, not to write in: the focus is on the sheet
  onKey?(event: KeyboardEvent): void;
  children: ComponentChildren;
}

export function Dialog({ title, close, wide = false, onKey, children }: DialogProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const words = useCommon();
  const shut = useRef(close);
  shut.current = close;

  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    return () => before?.focus();
  }, []);
  useLayoutEffect(() => {
    const wanted = wide ? null : box.current?.querySelector<HTMLElement>("textarea, input:not([hidden])");
    (wanted ?? box.current)?.focus();
  }, []);
  useEffect(() => { if (document.activeElement === document.body) box.current?.focus(); }); // what had it is gone

  const onKeyDown = (event: KeyboardEvent) => {
    onKey?.(event);
    if (event.key === "Escape" || event.key === "Tab") event.stopPropagation(); // one sheet may stand over another
    if (event.key === "Escape") shut.current();
    if (event.key !== "Tab") return;
    const stops = [...box.current!.querySelectorAll<HTMLElement>("a[href], button:not(:disabled), input:not([hidden]), select, textarea, audio, video")];
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0])?.focus();
  };

  return (
    <div class="dialog-ground" onClick={(event) => { if (event.target === event.currentTarget) close(); }}>
      <div class={wide ? "dialog wide" : "dialog"} role="dialog" aria-modal="true" aria-labelledby={id} tabIndex={-1} ref={box} onKeyDown={onKeyDown}>
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button class="icon quiet" aria-label={words.toast.close} onClick={close}>×</button>
        </div>
        {children}
      </div>
    </div>
  );
}
