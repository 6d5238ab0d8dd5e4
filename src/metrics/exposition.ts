import { Registry } from 'prom-client';
import { NO_FAMILIES, updateFamilies, type Families } from './families.ts';
import { formatHeader } from './format-samples.ts';
import { gzipMember } from './gzip-member.ts';
import { Part } from './part.ts';
import { createProcessMetrics, toOpenMetrics } from './process-metrics.ts';
import { createSlices } from './slices.ts';
import { METRICS, type MetricsView } from './table.ts';

export type Format = 'text' | 'openmetrics';

export interface Metrics {
  /** The exposition, to be sent piece by piece; with `gzip`, as one gzip member. Only checks that changed are formatted. */
  render(format: Format, encoding?: 'gzip'): Promise<readonly Buffer[]>;
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
  const own = createProcessMetrics(RUN_DURATION);
  let families: Promise<Families> = Promise.resolve(NO_FAMILIES);

  /** One update at a time; one that fails leaves what was there. */
  const update = (pause: () => Promise<void> | undefined): Promise<Families> => {
    const before = families;
    const updated = before.then((known) => {
      const now = view();
      return known.version === now.version ? known : updateFamilies(known, now, pause);
    });
    families = updated.catch(() => before);
    return updated;
  };

  return {
    render: async (format, encoding) => {
      const pause = createSlices();
      const { parts } = await update(pause);
      const text = await own.text();
      const end = new Part(format === 'text' ? `\n${text}` : toOpenMetrics(text));
      const all = [...HEADERS.flatMap((header, at) => [header[format], ...(parts[at] ?? [])]), end];
      return encoding === 'gzip' ? [await gzipMember(all, pause)] : all.map((part) => part.text);
    },
    contentType: (format) => (format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE),
    observeRun: (checker, durationSeconds) => {
      own.observeRun(checker, durationSeconds);
    },
    close: () => {
      own.close();
    },
  };
}

/** In the text format a blank line stands between two metrics. */
const HEADERS: readonly Readonly<Record<Format, Part>>[] = METRICS.map((metric, at) => ({
  text: new Part(`${at === 0 ? '' : '\n'}${formatHeader(metric, 'text')}`),
  openmetrics: new Part(formatHeader(metric, 'openmetrics')),
}));
