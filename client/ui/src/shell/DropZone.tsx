// Files that are dragged over the page may be dropped anywhere on it.
import { useEffect, useState } from "preact/hooks";
import { useWords } from "../hooks";
import { go } from "../router";
import { readBundles } from "../stick";
import { stickWords } from "../words/pages/stick";

export function DropZone() {
  const words = useWords(stickWords);
  const [over, setOver] = useState(false);
  useEffect(() => {
    let own = false; // a picture of the page itself
    const on = <T extends keyof WindowEventMap>(name: T, then: (event: WindowEventMap[T]) => void) => addEventListener(name, then);
    const bringsFiles = (event: DragEvent) => !own && !!event.dataTransfer?.types.includes("Files");
    on("dragstart", () => { own = true; });
    on("dragend", () => { own = false; });
    on("dragover", (event) => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    });
    on("dragleave", ({ relatedTarget }) => { if (!relatedTarget) setOver(false); });
    on("drop", (event) => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      setOver(false);
      readBundles([...event.dataTransfer!.files]);
      go("stick");
    });
  }, []);
  return over ? <div class="drop-over"><p>{words.drop}</p></div> : null;
}
