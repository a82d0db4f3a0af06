// The page begins here.
import { render } from "preact";
import "./styles/base.css";
import "./styles/fields.css";
import "./styles/shell.css";
import "./styles/print.css";
import { contact, device, start } from "./app";
import { startToday, useCommon, useLive } from "./hooks";
import { FirstRun } from "./pages/FirstRun";
import { Shell } from "./shell/Shell";
import { startShortcuts } from "./shell/shortcuts";
import { startTheme } from "./theme";
import { language } from "./words";

function Carnet() {
  const known = useLive(device);
  const reached = useLive(contact);
  const words = useCommon();
  if (!known) return <main class="waiting"><p role="status">{reached === "locked" ? words.locked : reached === "away" ? words.away : ""}</p></main>;
  return known.state === "new" ? <FirstRun /> : <Shell />;
}

startTheme();
startShortcuts();
startToday();
language.follow(() => { document.documentElement.lang = language.now; });
render(<Carnet />, document.getElementById("carnet")!);
void start();
