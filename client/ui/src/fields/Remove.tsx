// Deletes a row at a touch; what is deleted comes back at another (app.ts).
import type { Row } from "../api";
import { mayWrite, remove } from "../app";
import { useCommon } from "../hooks";
import { titleOf } from "../titles";

export function Remove({ row, worded = false }: { row: Row; worded?: boolean }) {
  const { list } = useCommon();
  if (!mayWrite(row.table, row.space)) return null;
  const name = `${list.remove} : ${titleOf(row)}`;
  return <button class={worded ? "quiet" : "icon quiet"} aria-label={name} onClick={() => void remove(row)}>{worded ? list.remove : "×"}</button>;
}
