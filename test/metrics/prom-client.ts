import { Counter, Gauge, Registry, type OpenMetricsContentType } from 'prom-client';
import type { Format } from '../../src/metrics/exposition.ts';
import { METRICS, type Metric, type MetricsView } from '../../src/metrics/table.ts';

/** The table of metrics as prom-client holds it: what our own exposition is judged by. */
export function promClientRegistry(view: MetricsView): Registry {
  const registry = new Registry();
  for (const metric of METRICS) fill(registry, metric, view);
  return registry;
}

/** A registry serves one format: as OpenMetrics, prom-client renames its counters for good. */
export function promClientText(registry: Registry, format: Format): Promise<string> {
  const type = format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE;
  (registry as unknown as Registry<OpenMetricsContentType>).setContentType(type as OpenMetricsContentType);
  return registry.metrics();
}

function fill(registry: Registry, metric: Metric, view: MetricsView): void {
  const labelNames = metric.labels.includes('*')
    ? [...metric.labels.filter((label) => label !== '*'), ...labelsOfChecks(view)]
    : [...metric.labels];
  const options = { name: metric.name, help: metric.help, labelNames, registers: [registry] };
  if (metric.type === 'counter') {
    const counter = new Counter(options);
    for (const { labels, value } of metric.samples(view)) counter.inc({ ...labels }, value);
  } else {
    const gauge = new Gauge(options);
    for (const { labels, value } of metric.samples(view)) gauge.set({ ...labels }, value);
  }
}

function labelsOfChecks({ entries }: MetricsView): readonly string[] {
  return [...new Set(entries.flatMap(({ config }) => Object.keys(config.labels)))];
}
