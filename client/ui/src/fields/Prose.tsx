// A text area that grows with its text. What others wrote comes in while it is open, and the caret stays with its words.
import { useLayoutEffect, useRef } from "preact/hooks";
import { carryCaret } from "../text";
import type { InputProps } from "./Field";

export function Prose({ form, column, id, readOnly, describedBy, placeholder, lines, invalid }: InputProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const value = String(form.value(column.name) ?? "");

  useLayoutEffect(() => {
    const element = area.current!;
    if (element.value !== value) put(element, value);
    grow(element);
  }, [value]);
  useLayoutEffect(() => {
    const element = area.current!;
    let width = element.clientWidth;
    const watch = new ResizeObserver(() => { if (element.clientWidth !== width) { width = element.clientWidth; grow(element); } });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  return (
    <textarea
      ref={area} id={id} rows={lines} readOnly={readOnly} placeholder={placeholder} spellcheck
      aria-describedby={describedBy} aria-invalid={invalid} aria-required={column.required}
      onInput={(event) => form.set(column.name, event.currentTarget.value)}
      onFocus={() => form.opened()}
      onBlur={() => void form.save()}
      onCompositionStart={() => form.compose(column.name, true)}
      onCompositionEnd={() => form.compose(column.name, false)}
    />
  );
}

function put(element: HTMLTextAreaElement, value: string): void {
  const { value: before, selectionStart, selectionEnd } = element;
  element.value = value;
  if (document.activeElement !== element) return;
  element.setSelectionRange(carryCaret(before, value, selectionStart), carryCaret(before, value, selectionEnd));
}

function grow(element: HTMLTextAreaElement): void {
  element.style.height = "auto";
  element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
}
