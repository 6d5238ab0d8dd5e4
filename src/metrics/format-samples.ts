import type { Metric, Sample } from './table.ts';

/** The sample lines of a metric, as prom-client prints them, in both formats. Of equal label sets the last counts. */
export function formatSamples({ name }: Metric, samples: Iterable<Sample>): string {
  const values = new Map<string, number>();
  for (const { labels, value } of samples) values.set(formatLabels(labels), value);
  let text = '';
  for (const [labels, value] of values) text += `${name}${labels} ${formatValue(value)}\n`;
  return text;
}

/** The lines before the samples. OpenMetrics calls a family of counters by its name without `_total`. */
export function formatHeader({ name, help, type }: Metric, format: 'text' | 'openmetrics'): string {
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# HELP ${family} ${escape(help)}\n# TYPE ${family} ${type}\n`;
}

function formatLabels(labels: Sample['labels']): string {
  let text = '';
  for (const name of Object.keys(labels)) {
    text += `${text === '' ? '{' : ','}${name}="${escape(labels[name] ?? '').replaceAll('"', '\\"')}"`;
  }
  return text === '' ? '' : `${text}}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** `Nan` is prom-client's spelling; Prometheus reads it in any case. */
function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'Nan';
  if (Number.isFinite(value)) return String(value);
  return value < 0 ? '-Inf' : '+Inf';
}
