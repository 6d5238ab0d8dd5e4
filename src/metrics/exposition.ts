import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import { METRICS, type Metric, type MetricsView } from './table.ts';

export type Format = 'text' | 'openmetrics';

export interface Metrics {
  /** The exposition, from memory. Rendered anew only after `view` said that something changed. */
  render(format: Format): Promise<string>;
  contentType(format: Format): string;
  observeRun(checker: string, durationSeconds: number): void;
  /** Stops what measures the process. */
  close(): void;
}

/** Exported beside METRICS; `drift_check_run_duration_seconds`. */
export const RUN_DURATION = {
  name: 'drift_check_run_duration_seconds',
  help: 'Duration of runs.',
  labels: ['checker'],
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
} as const;

/** `view` gives what to show and a version that differs whenever any of it does. */
export function createMetrics(view: () => { readonly version: string; readonly view: MetricsView }): Metrics {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  const durations = new Histogram({
    name: RUN_DURATION.name,
    help: RUN_DURATION.help,
    labelNames: [...RUN_DURATION.labels],
    buckets: [...RUN_DURATION.buckets],
    registers: [own],
  });
  const rendered = new Map<Format, { readonly version: string; readonly text: Promise<string> }>();

  const renderChecks = async (format: Format): Promise<string> => {
    const now = view();
    const cached = rendered.get(format);
    if (cached?.version === now.version) return cached.text;
    const text = renderView(now.view, format);
    rendered.set(format, { version: now.version, text });
    return text;
  };

  return {
    render: async (format) => {
      const [checks, process] = await Promise.all([renderChecks(format), renderRegistry(own, format)]);
      return checks.replace(/# EOF\n$/, '') + process;
    },
    contentType: (format) => (format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE),
    observeRun: (checker, durationSeconds) => {
      durations.observe({ checker }, durationSeconds);
    },
    close: () => {
      own.clear();
    },
  };
}

async function renderView(view: MetricsView, format: Format): Promise<string> {
  const registry = new Registry();
  for (const metric of METRICS) fill(registry, metric, view);
  return renderRegistry(registry, format);
}

function fill(registry: Registry, metric: Metric, view: MetricsView): void {
  const options = { name: metric.name, help: metric.help, labelNames: labelNames(metric, view), registers: [registry] };
  if (metric.type === 'counter') {
    const counter = new Counter(options);
    for (const { labels, value } of metric.samples(view)) counter.inc({ ...labels }, value);
  } else {
    const gauge = new Gauge(options);
    if (options.labelNames.length > 0) gauge.reset();
    for (const { labels, value } of metric.samples(view)) gauge.set({ ...labels }, value);
  }
}

function labelNames({ labels }: Metric, { entries }: MetricsView): string[] {
  const configured = labels.includes('*') ? entries.flatMap(({ config }) => Object.keys(config.labels)) : [];
  return [...new Set([...labels.filter((label) => label !== '*'), ...configured])];
}

/** Blank line between two metrics, as the text format suggests. */
async function renderRegistry(registry: Registry, format: Format): Promise<string> {
  const typed = registry as unknown as Registry<OpenMetricsContentType>;
  typed.setContentType(
    (format === 'text'
      ? Registry.PROMETHEUS_CONTENT_TYPE
      : Registry.OPENMETRICS_CONTENT_TYPE) as OpenMetricsContentType,
  );
  const text = await registry.metrics();
  return text.endsWith('\n') ? text : `${text}\n`;
}
