// Deletes a row at a touch; what is deleted comes back at another (app.ts).
import type { Row } from "../api";
import { mayWrite, remove } from "../app";
import { useCommon } from "../hooks";
import { titleOf } from "../titles";

export function Remove({ row }: { row: Row }) {
  const { list } = useCommon();
  if (!mayWrite(row.table, row.space)) return null;
  return <button type="button" class="icon quiet" aria-label={`${list.remove} : ${titleOf(row)}`} onClick={() => void remove(row)}>×</button>;
}
