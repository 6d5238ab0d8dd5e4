/** A real Prometheus on 127.0.0.1 that scrapes every second. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { startChildServer } from './child-server.ts';

/** For `needs`. */
export const PROMETHEUS: Readonly<Record<string, string>> = { prometheus: 'apt-get install prometheus' };

export interface TestPrometheus {
  readonly url: string;
  /** The result of an instant query. Rejects what Prometheus refuses. */
  query(expr: string): Promise<readonly PrometheusSample[]>;
  alerts(): Promise<readonly PrometheusAlert[]>;
  close(): Promise<void>;
}

export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  /** ISO 8601. */
  readonly activeAt: string;
}

export interface PrometheusOptions {
  /** `host:port` to scrape, as job `drift-exporter`. */
  readonly targets: readonly string[];
  /** What else the scrape takes: `scheme`, `tls_config`, `basic_auth`. */
  readonly scrape?: Readonly<Record<string, unknown>>;
  /** Text of rule files; groups are evaluated every second, whatever they say. */
  readonly rules?: readonly string[];
  /** `host:port`. */
  readonly alertmanagers?: readonly string[];
}

export async function startPrometheus(options: PrometheusOptions): Promise<TestPrometheus> {
  const server = await startChildServer('prometheus', async ({ dir, port }) => {
    const rules = (options.rules ?? []).map((text, at) => ({ name: `rules-${at}.yaml`, text: everySecond(text) }));
    for (const { name, text } of rules) await writeFile(join(dir, name), text);
    const config = join(dir, 'prometheus.yaml');
    await writeFile(config, dump(configuration(options, rules)));
    return [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
  });
  const get = async <Data>(path: string): Promise<Data> => {
    const answer = (await (await fetch(`${server.url}/api/v1/${path}`)).json()) as Answer<Data>;
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  };
  return {
    url: server.url,
    query: async (expr) => samples(await get<QueryData>(`query?query=${encodeURIComponent(expr)}`)),
    alerts: async () => (await get<{ alerts: PrometheusAlert[] }>('alerts')).alerts,
    close: server.close,
  };
}

type Answer<Data> =
  { readonly status: 'success'; readonly data: Data } | { readonly status: 'error'; readonly error: string };

interface QueryData {
  readonly resultType: string;
  readonly result: unknown;
}

function samples({ resultType, result }: QueryData): readonly PrometheusSample[] {
  if (resultType === 'scalar') return [{ metric: {}, value: Number((result as [number, string])[1]) }];
  const vector = result as readonly { metric: Record<string, string>; value: [number, string] }[];
  return vector.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

function configuration(
  { targets, scrape = {}, alertmanagers = [] }: PrometheusOptions,
  rules: readonly { name: string }[],
): unknown {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: rules.map(({ name }) => name),
    scrape_configs: [{ job_name: 'drift-exporter', honor_labels: true, ...scrape, static_configs: [{ targets }] }],
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
  };
}

function everySecond(rules: string): string {
  const { groups } = load(rules) as { groups: { interval?: string }[] };
  return dump({ groups: groups.map((group) => ({ ...group, interval: '1s' })) });
}
