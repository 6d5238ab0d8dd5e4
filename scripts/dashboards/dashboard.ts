import type { Panel } from './panel.ts';

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** Where its values come from. */
  readonly query: string;
  /** Several, and all of them. */
  readonly many: boolean;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly variables: readonly Variable[];
  readonly panels: readonly Panel[];
}

/** Of Grafana 12.2. */
const SCHEMA_VERSION = 42;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The JSON that Grafana imports and provisions. */
export function dashboardJson(dashboard: Dashboard): string {
  const { uid, title, description, from, variables } = dashboard;
  const json = {
    uid,
    title,
    description,
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    tags: ['drift-exporter'],
    time: { from, to: 'now' },
    timezone: '',
    annotations: { list: [] },
    links: [
      {
        asDropdown: false,
        icon: 'external link',
        includeVars: true,
        keepTime: true,
        tags: ['drift-exporter'],
        targetBlank: false,
        title: 'Drift',
        type: 'dashboards',
      },
    ],
    templating: { list: [datasourceVariable(), ...variables.map(queryVariable)] },
    panels: laidOut(dashboard.panels),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function datasourceVariable(): unknown {
  return {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    current: {},
    options: [],
    refresh: 1,
    regex: '',
  };
}

function queryVariable({ name, label, query, many }: Variable): unknown {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { qryType: 1, query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: many,
    includeAll: many,
    // Also what has no such label.
    ...(many && { allValue: '.*', current: { selected: true, text: ['All'], value: ['$__all'] } }),
  };
}

/** From left to right, then down. */
function laidOut(panels: readonly Panel[]): unknown[] {
  let x = 0;
  let y = 0;
  let deepest = 0;
  return panels.map((panel, at) => {
    const { width: w, height: h } = panel;
    if (x + w > 24) {
      x = 0;
      y += deepest;
      deepest = 0;
    }
    const gridPos = { x, y, w, h };
    x += w;
    deepest = Math.max(deepest, h);
    return panelJson(panel, at + 1, gridPos);
  });
}

function panelJson(panel: Panel, id: number, gridPos: unknown): unknown {
  const { type, title, description, options, transformations } = panel;
  if (type === 'row') return { id, type, title, gridPos, collapsed: false, panels: [] };
  return {
    id,
    type,
    title,
    ...(description !== undefined && { description }),
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: { defaults: fieldDefaults(panel), overrides: panel.overrides ?? [] },
    ...(options !== undefined && { options }),
    ...(transformations !== undefined && { transformations }),
    targets: panel.targets.map(({ expr, legend, instant = false }, at) => ({
      refId: String.fromCodePoint(65 + at),
      datasource: DATASOURCE,
      editorMode: 'code',
      expr,
      instant,
      range: !instant,
      ...(legend !== undefined && { legendFormat: legend }),
      ...(type === 'table' && { format: 'table' }),
    })),
  };
}

function fieldDefaults(panel: Panel): unknown {
  const { unit = 'short', custom, decimals, noValue, thresholds, mappings } = panel;
  return {
    unit,
    ...(custom !== undefined && { custom }),
    ...(decimals !== undefined && { decimals }),
    ...(noValue !== undefined && { noValue }),
    ...(mappings !== undefined && { mappings }),
    ...(thresholds !== undefined && {
      color: { mode: 'thresholds' },
      thresholds: { mode: 'absolute', steps: thresholds.map(({ color, from }) => ({ color, value: from })) },
    }),
  };
}
