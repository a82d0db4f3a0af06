// The few keys that do something everywhere: / goes to search where nothing is being typed.
import { go } from "../router";

export function startShortcuts(): void {
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]") !== null;
    if (event.key !== "/" || typing || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    go("search");
  });
}
