/** A panel of a Grafana dashboard before it is laid out. Widths are of 24 columns. */
export interface Panel {
  readonly type: 'row' | 'stat' | 'timeseries' | 'table' | 'state-timeline' | 'text';
  readonly title: string;
  readonly description?: string;
  readonly width: number;
  readonly height: number;
  readonly targets: readonly Target[];
  readonly unit?: string;
  readonly options?: unknown;
  readonly custom?: unknown;
  readonly decimals?: number;
  readonly noValue?: string;
  readonly thresholds?: readonly Threshold[];
  readonly overrides?: readonly unknown[];
  readonly transformations?: readonly unknown[];
  readonly mappings?: readonly unknown[];
}

export interface Target {
  readonly expr: string;
  readonly legend?: string;
  /** One value a series, for tables and numbers. */
  readonly instant?: boolean;
}

export interface Threshold {
  readonly color: string;
  readonly from: number | null;
}

/** Told apart by the colour-blind too (Okabe and Ito). */
export const COLOURS = {
  in_sync: '#56B4E9',
  drifted: '#E69F00',
  error: '#CC79A7',
  unknown: '#999999',
} as const;

/** Neutral at zero, the colour above it. */
export function above(limit: number, color: string): readonly Threshold[] {
  return [
    { color: 'text', from: null },
    { color, from: limit },
  ];
}

export function row(title: string): Panel {
  return { type: 'row', title, width: 24, height: 1, targets: [] };
}

export function stat(title: string, expr: string, more: Partial<Panel> = {}): Panel {
  return {
    type: 'stat',
    title,
    width: 4,
    height: 4,
    targets: [{ expr, instant: true }],
    options: {
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      textMode: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
    // Grafana's own turn red at 80.
    thresholds: [{ color: 'text', from: null }],
    ...more,
  };
}

export function lines(title: string, targets: readonly Target[], more: Partial<Panel> = {}): Panel {
  return {
    type: 'timeseries',
    title,
    width: 12,
    height: 8,
    targets,
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    custom: { fillOpacity: 10, lineWidth: 1, showPoints: 'never' },
    ...more,
  };
}

export function stacked(title: string, targets: readonly Target[], more: Partial<Panel> = {}): Panel {
  const custom = { fillOpacity: 60, lineWidth: 1, showPoints: 'never', stacking: { group: 'A', mode: 'normal' } };
  return lines(title, targets, { custom, ...more });
}

/** One row a series; `columns` are the labels and values to show, by name, in order. */
export function table(
  title: string,
  exprs: readonly string[],
  columns: Readonly<Record<string, string>>,
  more: Partial<Panel> = {},
): Panel {
  return {
    type: 'table',
    title,
    width: 12,
    height: 9,
    targets: exprs.map((expr) => ({ expr, instant: true })),
    options: { cellHeight: 'sm', showHeader: true },
    transformations: [
      { id: 'merge', options: {} },
      { id: 'filterFieldsByName', options: { include: { names: Object.keys(columns) } } },
      {
        id: 'organize',
        options: {
          indexByName: Object.fromEntries(Object.keys(columns).map((name, at) => [name, at])),
          renameByName: columns,
        },
      },
    ],
    ...more,
  };
}

/** A table with a row a value of one label and a column a value of another. */
export function matrix(title: string, expr: string, by: { row: string; column: string }): Panel {
  return {
    ...table(title, [expr], {}),
    transformations: [
      { id: 'groupingToMatrix', options: { rowField: by.row, columnField: by.column, valueField: 'Value' } },
    ],
  };
}

function colourOf(name: string, color: string): unknown {
  return {
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
  };
}

/** How a column shows its values. */
export function column(name: string, properties: Readonly<Record<string, unknown>>): unknown {
  return {
    matcher: { id: 'byName', options: name },
    properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
  };
}

export const STATUS_COLOURS: readonly unknown[] = Object.entries(COLOURS).map(([name, color]) => colourOf(name, color));
