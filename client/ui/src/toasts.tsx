// Short words at the foot of the page, with one thing to do about them.
import { Live } from "./live";
import { useCommon, useLive } from "./hooks";

interface Toast {
  number: number;
  text: string;
  action: { label: string; act(): void } | undefined;
}
const shown = new Live<Toast[]>([]);
const stays_ms = 8000;
let count = 0;

export function toast(text: string, action?: Toast["action"]): void {
  const number = ++count;
  shown.now = [...shown.now.filter((each) => each.text !== text || action !== undefined).slice(-2), { number, text, action }];
  setTimeout(() => close(number), stays_ms);
}
function close(number: number): void {
  shown.now = shown.now.filter((each) => each.number !== number);
}

export function Toasts() {
  const toasts = useLive(shown);
  const words = useCommon().toast;
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map(({ number, text, action }) => (
        <div class="toast" key={number}>
          <span>{text}</span>
          {action && <button class="quiet" onClick={() => { close(number); action.act(); }}>{action.label}</button>}
          <button class="icon quiet" aria-label={words.close} onClick={() => close(number)}>×</button>
        </div>
      ))}
    </div>
  );
}
