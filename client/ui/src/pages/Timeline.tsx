// The calendar of a plan's actions: a bar each, by month; how far it is stands in its colour and in words.
import type { Row } from "../api";
import { schema } from "../app";
import { useLive, useWords } from "../hooks";
import { isBlank } from "../schema";
import { shorten, titleOf } from "../titles";
import { dayBeside, dayShort, language, monthShort, today } from "../words";
import { planWords } from "../words/pages/plan";

const width = 640, row_height = 30, head = 22, day_ms = 86_400_000, most_marks = 12;
const at = (day: string) => Date.parse(`${day}T12:00:00Z`) / day_ms;

export function Timeline({ actions }: { actions: Row[] }) {
  const words = useWords(planWords);
  const speaks = useLive(language);
  const dated = actions.filter(({ starts_on, ends_on }) => !isBlank(starts_on) || !isBlank(ends_on))
    .map((action) => ({ action, from: String(action.starts_on ?? action.ends_on), to: String(action.ends_on ?? action.starts_on) }));
  if (dated.length === 0) return null;
  const from = dated.map((each) => each.from).sort()[0]!, to = dayBeside(dated.map((each) => each.to).sort().pop()!, 1);
  const span = Math.max(1, at(to) - at(from));
  const x = (day: string) => ((at(day) - at(from)) / span) * width;
  const height = head + dated.length * row_height;
  const now = today();
  const statuses = schema.column("plan_action", "status").choices ?? [];
  return (
    <>
      <h3>{words.timeline}</h3>
      <p class="hint">{words.timelineLead}</p>
      <div class="grid-scroll" tabIndex={0} role="region" aria-label={words.timeline}>
        <svg class="timeline" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words.timeline}>
          {months(from, to).map((month) => <g key={month}><line x1={x(month)} x2={x(month)} y1={head - 4} y2={height} /><text class="month" x={x(month) + 3} y="12">{monthShort(month)}</text></g>)}
          {now >= from && now < to && <line class="now" x1={x(now)} x2={x(now)} y1={head - 8} y2={height} />}
          {dated.map(({ action, from: first, to: last }, index) => {
            const status = statuses.find(({ code }) => code === action.status)?.label[speaks] ?? words.noStatus;
            const start = x(first), long = Math.max(6, x(dayBeside(last, 1)) - start), isLate = start > width / 2;
            return (
              <g key={action.id} class={`bar-${action.status ?? "none"}`}>
                <title>{words.bar(titleOf(action), dayShort(first), dayShort(last), status)}</title>
                <rect x={start} y={head + index * row_height + 15} width={long} height="9" rx="3" />
                <text x={isLate ? start + long : start} y={head + index * row_height + 11} text-anchor={isLate ? "end" : "start"}>{shorten(titleOf(action), 60)} · {status}</text>
              </g>
            );
          })}
        </svg>
      </div>
    </>
  );
}

// The first days of the months between, as many as can be read.
function months(from: string, to: string): string[] {
  const all: string[] = [];
  const date = new Date(`${from.slice(0, 7)}-01T12:00:00Z`);
  for (date.setUTCMonth(date.getUTCMonth() + 1); date.toISOString().slice(0, 10) < to && all.length < 600; date.setUTCMonth(date.getUTCMonth() + 1)) all.push(date.toISOString().slice(0, 10));
  const step = Math.ceil(all.length / most_marks);
  return all.filter((_, index) => index % step === 0);
}
