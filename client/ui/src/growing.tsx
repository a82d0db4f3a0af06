// A long list is drawn as far as people have come: a few rows, and the next few when their end comes near. Paper has all of them.
import { type ComponentChildren, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const at_once = 12;
const ahead = "1500px"; // two screens

let isPrinting = false;
addEventListener("beforeprint", () => { isPrinting = true; });
addEventListener("afterprint", () => { isPrinting = false; });

interface GrowingProps<T> {
  of: readonly T[];
  from?: number;
  end?: "div" | "li"; // what may stand at its end
  children(each: T, index: number): ComponentChildren;
}

// The next few are parts of the last ones, which so need not be drawn again when the list grows.
export function Growing<T>({ of, from = 0, end = "div", children }: GrowingProps<T>) {
  const [isNear, setNear] = useState(isPrinting);
  const last = useRef<HTMLElement>(null);
  const next = from + at_once;
  const isWhole = next >= of.length;
  useEffect(() => {
    if (isNear || isWhole) return;
    const open = () => setNear(true);
    if (isPrinting) return open();
    const near = new IntersectionObserver((seen) => { if (seen.some(({ isIntersecting }) => isIntersecting)) open(); }, { rootMargin: ahead });
    near.observe(last.current!);
    addEventListener("beforeprint", open);
    return () => { near.disconnect(); removeEventListener("beforeprint", open); };
  }, [isNear, isWhole]);
  return (
    <>
      {of.slice(from, next).map((each, index) => children(each, from + index))}
      {isWhole ? null : isNear ? <Growing of={of} from={next} end={end}>{children}</Growing> : h(end, { ref: last, "aria-hidden": "true", class: "grows" })}
    </>
  );
}
