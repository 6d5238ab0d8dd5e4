import { Registry } from 'prom-client';
import { createDeflater } from './deflater.ts';
import { NO_FAMILIES, updateFamilies, type Families } from './families.ts';
import { formatHeader } from './format-samples.ts';
import { gzipMember, zipAll } from './gzip-member.ts';
import { Part, type Zipped } from './part.ts';
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

/** `view` gives what to show and a version that differs whenever any of it does; `also` stands at the end. */
export function createMetrics(
  view: () => { readonly version: string; readonly view: MetricsView },
  also: { text(): Promise<string> } = { text: async () => '' },
): Metrics {
  const own = createProcessMetrics(RUN_DURATION);
  const deflater = createDeflater();
  let current: Promise<Families> = Promise.resolve(NO_FAMILIES);

  /** One update at a time; one that fails leaves what was there. */
  const update = (): Promise<Families> => {
    const before = current;
    const updated = before.then((known) => {
      const now = view();
      return known.version === now.version ? known : updateFamilies(known, now, createSlices());
    });
    current = updated.catch(() => before);
    return updated;
  };

  const lastZipped = new Map<Format, { readonly families: Families; readonly zipped: Promise<Zipped> }>();
  const zippedOf = (families: Families, format: Format): Promise<Zipped> => {
    const last = lastZipped.get(format);
    if (last?.families === families) return last.zipped;
    const zipped = zipAll(partsOf(families, format), deflater);
    lastZipped.set(format, { families, zipped });
    return zipped;
  };

  return {
    render: async (format, encoding) => {
      const families = await update();
      const text = [await own.text(), await also.text()].filter((part) => part !== '').join('\n');
      const end = new Part(format === 'text' ? `\n${text}` : toOpenMetrics(text));
      if (encoding === undefined) return [...partsOf(families, format), end].map((part) => part.text);
      return gzipMember([await zippedOf(families, format), await end.zip(deflater)]);
    },
    contentType: (format) => (format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE),
    observeRun: (checker, durationSeconds) => {
      own.observeRun(checker, durationSeconds);
    },
    close: () => {
      own.close();
      deflater.close();
    },
  };
}

function partsOf({ parts }: Families, format: Format): readonly Part[] {
  return HEADERS.flatMap((header, at) => [header[format], ...(parts[at] ?? [])]);
}

/** In the text format a blank line stands between two metrics. */
const HEADERS: readonly Readonly<Record<Format, Part>>[] = METRICS.map((metric, at) => ({
  text: new Part(`${at === 0 ? '' : '\n'}${formatHeader(metric, 'text')}`),
  openmetrics: new Part(formatHeader(metric, 'openmetrics')),
}));
