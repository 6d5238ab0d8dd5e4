import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { RUNBOOKS } from '../../scripts/alerts/annotations.ts';

/** Time stands still at 1970-01-01 plus the minute of the case. */
export interface RuleCase {
  readonly alert: string;
  readonly title: string;
  /** Between two samples and two evaluations; default 1m. */
  readonly step?: string;
  /** Values by series, as promtool writes them; job and instance are filled in where they are not given. */
  readonly series: Readonly<Record<string, string>>;
  /** What fires, by time. */
  readonly expect: Readonly<Record<string, readonly Firing[]>>;
}

export interface Firing {
  /** Beside job and instance. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Default: the page of the check, or of the exporter; empty for none. */
  readonly link?: string;
}

const RULES = join(import.meta.dirname, '../../alerts/drift-exporter.rules.yaml');
const EXPORTER = { job: 'drift', instance: 'drift:9152' };

/** An exporter that answers all the time and started long ago. */
export const UP: Readonly<Record<string, string>> = {
  up: '1x2000',
  'drift_exporter_build_info{version="1.0.0"}': '1x2000',
  'drift_exporter_info{external_url="https://drift.example.org/"}': '1x2000',
  process_start_time_seconds: '-999999x2000',
};

/** An exporter that does not answer from minute 20 to 24, and then was started anew. */
export const RESTARTED: Readonly<Record<string, string>> = {
  up: '1x19 0x4 1x300',
  'drift_exporter_build_info{version="1.0.0"}': withGap('1'),
  'drift_exporter_info{external_url="https://drift.example.org/"}': withGap('1'),
  process_start_time_seconds: '-999999x19 stale _x4 1440x300',
};

/** A value that is there all the time but from minute 20 to 24. */
export function withGap(value: string): string {
  return `${value}x19 stale _x4 ${value}x300`;
}

export interface RecordingCase {
  readonly title: string;
  readonly step: string;
  readonly series: Readonly<Record<string, string>>;
  /** What a query gives at a time: values by series. */
  readonly expect: readonly {
    readonly at: string;
    readonly expr: string;
    readonly samples: Readonly<Record<string, number>>;
  }[];
}

/** Runs a case through `promtool test rules`; what it complains of, or nothing. */
export async function failureOfCase(given: RuleCase | RecordingCase): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-rules-'));
  try {
    const file = join(dir, 'test.yaml');
    await writeFile(file, dump(promtoolTest(given.step, given.series, expectations(given))));
    return await promtool(file);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function promtoolTest(step = '1m', series: RuleCase['series'], expected: object): unknown {
  const inputs = Object.entries(series).map(([name, values]) => ({ series: withTarget(name), values }));
  return {
    rule_files: [RULES],
    evaluation_interval: step,
    // What is recorded in one is read by the next.
    group_eval_order: ['', '-summaries', '-history', '-reconcile'].map((name) => `drift-exporter${name}`),
    tests: [{ interval: step, input_series: inputs, ...expected }],
  };
}

function expectations(given: RuleCase | RecordingCase): object {
  if ('alert' in given) {
    return {
      alert_rule_test: Object.entries(given.expect).map(([time, firing]) => ({
        eval_time: time,
        alertname: given.alert,
        exp_alerts: firing.map((one) => expectedAlert(given.alert, one)),
      })),
    };
  }
  return {
    promql_expr_test: given.expect.map(({ at, expr, samples }) => ({
      eval_time: at,
      expr,
      exp_samples: Object.entries(samples).map(([labels, value]) => ({ labels, value })),
    })),
  };
}

function withTarget(series: string): string {
  const [, name = '', labels = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(series) ?? [];
  const given = Object.entries(EXPORTER).filter(([label]) => !new RegExp(`(^|,)${label}=`).test(labels));
  return `${name}{${[...given.map(([label, value]) => `${label}="${value}"`), ...(labels === '' ? [] : [labels])].join(',')}}`;
}

function expectedAlert(alert: string, { labels, summary, link }: Firing): unknown {
  const { check } = labels;
  const page = `https://drift.example.org/${check === undefined ? '' : `checks/${check}`}`;
  return {
    exp_labels: Object.fromEntries(Object.entries({ ...EXPORTER, ...labels }).filter(([, value]) => value !== '')),
    exp_annotations: { summary, ...(link !== '' && { link: link ?? page }), runbook_url: `${RUNBOOKS}/${alert}.md` },
  };
}

function promtool(file: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('promtool', ['test', 'rules', file], (error, stdout, stderr) => {
      resolve(error === null ? '' : `${stdout}${stderr}`);
    });
  });
}
