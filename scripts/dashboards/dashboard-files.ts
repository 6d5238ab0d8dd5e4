import { check } from './check.ts';
import { dashboardJson } from './dashboard.ts';
import { exporter } from './exporter.ts';
import { fleet } from './fleet.ts';

/** Name and text of each file in dashboards/. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['fleet.json', dashboardJson(fleet)],
    ['check.json', dashboardJson(check)],
    ['exporter.json', dashboardJson(exporter)],
  ]);
}
