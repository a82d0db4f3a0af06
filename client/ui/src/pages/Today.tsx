// The day: what is on the programme and what was learned.
import { useCommon } from "../hooks";
import { Sheet } from "../shell/Sheet";

export function Today() {
  const words = useCommon();
  return <Sheet title={words.nav.today} />;
}
