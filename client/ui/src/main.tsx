// The page begins here.
import { options, render } from "preact";
import "./styles/base.css";
import "./styles/fields.css";
import "./styles/shell.css";
import { contact, device, start } from "./app";
import { startToday, useCommon, useLive } from "./hooks";
import { FirstRun } from "./pages/FirstRun";
import { Locked } from "./shell/Locked";
import { Shell } from "./shell/Shell";
import { startShortcuts } from "./shell/shortcuts";
import { startTheme } from "./theme";
import { language } from "./words";
import type { Common } from "./words/fr";
import "./styles/touch.css"; // after those of the pages
import "./styles/print.css";

function Carnet() {
  const known = useLive(device);
  const reached = useLive(contact);
  const words = useCommon() as Common | undefined; // not before they were learned
  if (!known) return <main class="waiting"><p role="status">{reached === "locked" ? <Locked /> : reached === "away" ? words?.away : ""}</p></main>;
  return known.state === "new" ? <FirstRun /> : <Shell />;
}

// A button of a form would send it: only one that says so does.
options.vnode = ({ type, props }) => { if (type === "button") (props as { type?: string }).type ??= "button"; };

startTheme();
startShortcuts();
startToday();
language.follow(() => { document.documentElement.lang = language.now; });
render(<Carnet />, document.getElementById("carnet")!);
void start();
