// What moved on each of the last days: up above down, one bar a day.
import type { TrafficDay } from "../api";
import { dayBeside, dayOfMonth, today } from "../words";

const shown_days = 14, width = 280, height = 80, foot = 14;

interface TrafficChartProps {
  days: TrafficDay[];
  label: string;
  tell(day: string, up: number, down: number, francs: number | null): string;
}

export function TrafficChart({ days, label, tell }: TrafficChartProps) {
  const last = today();
  const all = Array.from({ length: shown_days }, (_, index) => {
    const day = dayBeside(last, index - shown_days + 1);
    const of = days.filter((each) => each.day === day);
    const sum = (part: (each: TrafficDay) => number) => of.reduce((total, each) => total + part(each), 0);
    const paid = of.filter(({ francs }) => francs !== null);
    return { day, up: sum(({ up }) => up), down: sum(({ down }) => down), francs: paid.length > 0 ? paid.reduce((total, each) => total + (each.francs ?? 0), 0) : null };
  });
  const most = Math.max(1, ...all.map(({ up, down }) => up + down));
  const step = width / shown_days, tall = (count: number) => ((height - foot) * count) / most;
  return (
    <svg class="traffic" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${label}. ${all.filter(({ up, down }) => up + down > 0).map(({ day, up, down, francs }) => tell(day, up, down, francs)).join("; ")}`}>
      {all.map(({ day, up, down, francs }, index) => (
        <g key={day}>
          <title>{tell(day, up, down, francs)}</title>
          <rect class="traffic-down" x={index * step + 2} width={step - 4} y={height - foot - tall(down)} height={tall(down)} />
          <rect class="traffic-up" x={index * step + 2} width={step - 4} y={height - foot - tall(down) - tall(up)} height={tall(up)} />
          <text x={index * step + step / 2} y={height - 3}>{dayOfMonth(day)}</text>
        </g>
      ))}
    </svg>
  );
}
