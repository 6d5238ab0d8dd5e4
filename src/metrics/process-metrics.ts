import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface ProcessMetrics {
  observeRun(checker: string, durationSeconds: number): void;
  /** In the text format: they change with each scrape. */
  text(): Promise<string>;
  close(): void;
}

/** Node.js's own metrics and the histogram of run durations, kept by prom-client. */
export function createProcessMetrics(duration: {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets: readonly number[];
}): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: duration.name,
    help: duration.help,
    labelNames: [...duration.labels],
    buckets: [...duration.buckets],
    registers: [registry],
  });
  return {
    observeRun: (checker, durationSeconds) => {
      durations.observe({ checker }, durationSeconds);
    },
    text: () => registry.metrics(),
    close: () => {
      registry.clear();
    },
  };
}

/**
 * What prom-client would print as OpenMetrics. Asked for it directly, it renames its counters for good, and the next
 * scrape in the text format would miss them.
 */
export function toOpenMetrics(text: string): string {
  const renamed = text.replace(
    /^# HELP (\S+)_total (.*)\n# TYPE \1_total counter$/gm,
    '# HELP $1 $2\n# TYPE $1 counter',
  );
  return `${renamed.replaceAll('\n\n', '\n')}# EOF\n`;
}
