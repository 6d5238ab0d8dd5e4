/** What a dashboard's JSON holds, as far as tests look at it. */
export interface DashboardJson {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly datasource: { readonly uid: string };
  }[];
}

export function targetsOf(text: string): readonly { readonly panel: string; readonly expr: string }[] {
  const { panels } = JSON.parse(text) as DashboardJson;
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: title, expr })));
}

/** Those that ask the data source, with the metric and the label that give their values. */
export function variablesOf(
  text: string,
): readonly { readonly name: string; readonly metric: string; readonly label: string }[] {
  const { templating } = JSON.parse(text) as DashboardJson;
  return templating.list.flatMap(({ name, definition = '' }) => {
    const [, metric, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    return metric === undefined || label === undefined ? [] : [{ name, metric, label }];
  });
}
