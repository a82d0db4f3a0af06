// A code to hold before the camera of another device, and beside it what it says.
import type { ComponentChildren } from "preact";
import "./Code.css";

export function Code({ svg, children }: { svg: string; children: ComponentChildren }) {
  return (
    <div class="door">
      <div class="door-code" dangerouslySetInnerHTML={{ __html: svg }} />
      <div>{children}</div>
    </div>
  );
}
