import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Chart {
  readonly title: string;
  /** What grows: `objects`. */
  readonly of: string;
  /** What it costs: `ms of CPU`. */
  readonly unit: string;
  readonly series: Readonly<Record<string, readonly (readonly [size: number, cost: number])[]>>;
}

const WIDTH = 720;
const HEIGHT = 400;
const PLOT = { left: 70, right: 690, top: 50, bottom: 340 };
const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700', '#8250df'];

/** Draws growth into `docs/charts/NAME.svg`: both axes logarithmic, so that what is linear is a line of the dotted slope. */
export async function writeChart(name: string, chart: Chart): Promise<void> {
  const dir = join(import.meta.dirname, '../docs/charts');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, `${name}.svg`), svgOf(chart));
}

function svgOf({ title, of, unit, series }: Chart): string {
  const points = Object.values(series).flat();
  const x = axis(
    points.map(([size]) => size),
    [PLOT.left, PLOT.right],
  );
  const y = axis(
    points.map(([, cost]) => cost),
    [PLOT.bottom, PLOT.top],
  );
  const labels: (readonly [left: number, top: number])[] = [];
  /** The cost beside a point, unless another one stands there. */
  const label = (left: number, top: number, cost: number): string => {
    if (labels.some(([x, y]) => Math.abs(x - left) < 40 && Math.abs(y - top) < 13)) return '';
    labels.push([left, top]);
    return text(left, top - 9, shown(cost), 'middle');
  };
  const lines = Object.entries(series).map(([name, line], at) => {
    const colour = COLOURS[at % COLOURS.length] ?? 'black';
    const path = line.map(([size, cost]) => `${x.at(size).toFixed(1)},${y.at(cost).toFixed(1)}`).join(' ');
    const dots = line.map(([size, cost]) => {
      const [left, top] = [x.at(size), y.at(cost)];
      return `<circle cx="${left.toFixed(1)}" cy="${top.toFixed(1)}" r="4" fill="${colour}"/>${label(left, top, cost)}`;
    });
    const legend = `<rect x="${PLOT.left + at * 150}" y="${HEIGHT - 22}" width="12" height="12" fill="${colour}"/>${text(PLOT.left + 18 + at * 150, HEIGHT - 12, name)}`;
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${legend}`;
  });
  const ticks = [
    ...x.ticks.map((size) => text(x.at(size), PLOT.bottom + 18, shown(size), 'middle')),
    ...y.ticks.map((cost) => grid(y.at(cost)) + text(PLOT.left - 8, y.at(cost) + 4, shown(cost), 'end')),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${text(PLOT.left, 24, `${title}: ${unit} by ${of}`, 'start', 15)}
${ticks.join('\n')}
${proportional(x, y)}
${lines.join('\n')}
</svg>
`;
}

interface Axis {
  readonly low: number;
  readonly ticks: readonly number[];
  at(value: number): number;
}

function axis(values: readonly number[], [from, to]: readonly [number, number]): Axis {
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const decades = Math.max(1, high - low);
  return {
    low,
    ticks: Array.from({ length: decades + 1 }, (_, at) => 10 ** (low + at)),
    at: (value) => from + ((Math.log10(value) - low) / decades) * (to - from),
  };
}

/** What a cost in proportion to the size looks like, from the lower left corner on. */
function proportional(x: Axis, y: Axis): string {
  const decades = Math.min(x.ticks.length, y.ticks.length) - 1;
  const end = [x.at(10 ** (x.low + decades)), y.at(10 ** (y.low + decades))];
  const points = `${PLOT.left},${PLOT.bottom} ${end.map((value) => value.toFixed(1)).join(',')}`;
  return `<polyline points="${points}" fill="none" stroke="#8c959f" stroke-dasharray="2 4"/>`;
}

function grid(top: number): string {
  return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${top.toFixed(1)}" y2="${top.toFixed(1)}" stroke="#eaeef2"/>`;
}

function text(left: number, top: number, words: string, anchor = 'start', size = 12): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${left.toFixed(1)}" y="${top.toFixed(1)}" text-anchor="${anchor}" font-size="${size}" fill="#1f2328">${escaped}</text>`;
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));
}
