// What waits of photos, sounds and clips, up and down, and what was not taken, with the reason.
import type { Cost, MediaItem } from "../api";
import { useAllRows, useWords } from "../hooks";
import { inWords } from "../media/cost";
import { useMediaKnown } from "../media/known";
import { titleOf } from "../titles";
import { mediaWords } from "../words/pages/media";

export function MediaWaiting() {
  const own = useWords(mediaWords);
  const known = useMediaKnown();
  if (!known || known.items.length === 0) return null;
  const refused = known.items.filter(({ why }) => why !== "");
  return (
    <section>
      <h2>{own.title}</h2>
      <dl class="sync-facts">
        <Waits label={own.toSend} cost={known.up} />
        <Waits label={own.toFetch} cost={known.down} />
        {refused.length > 0 && <div class="sync-failed"><dt>{own.refused}</dt>{refused.map((each) => <dd key={`${each.row} ${each.column}`}><Refused item={each} /></dd>)}</div>}
      </dl>
    </section>
  );
}

function Waits({ label, cost }: { label: string; cost: Cost }) {
  const own = useWords(mediaWords);
  return <div><dt>{label}</dt><dd>{cost.bytes === 0 ? own.nothing : inWords(own, cost)}</dd></div>;
}

function Refused({ item }: { item: MediaItem }) {
  const row = useAllRows("media")?.find(({ id }) => id === item.row);
  return <><a href={`#/row/${item.row}`}>{row ? titleOf(row) : item.type}</a> : {item.why}</>;
}
