import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import type { CompatibleMetrics } from '../config/config.ts';
import { EXIT_CODES } from '../drift.ts';
import type { BoardEntry } from '../run/board.ts';
import type { RunResult } from '../run/result.ts';

/** Metrics under the names that other tools gave them, for alerts and dashboards that are there already. */
export interface Compatible {
  observe(result: RunResult): void;
  /** In the text format; empty when none is asked for. */
  text(): Promise<string>;
}

/** Of one of the tools. */
interface Family {
  observe(result: RunResult): void;
  /** Brings what is read from the checks up to date, and forgets checks that are gone. */
  refresh(entries: readonly BoardEntry[]): void;
}

/**
 * The tools had one process, and so one series, for each thing watched: the label `check` is the only addition. What they
 * counted since their start is counted since ours.
 */
export function createCompatibleMetrics(
  view: () => { readonly names: readonly CompatibleMetrics[]; readonly entries: readonly BoardEntry[] },
): Compatible {
  const families = { promrun: promrun(), kubediff: kubediff(), terradiff: terradiff() } as const;
  return {
    observe: (result) => {
      for (const name of view().names) families[name].observe(result);
    },
    text: async () => {
      const { names, entries } = view();
      const texts = names.map((name) => {
        families[name].refresh(entries);
        return families[name].registry.metrics();
      });
      return (await Promise.all(texts)).join('\n');
    },
  };
}

type Registered = Family & { readonly registry: Registry };

/** prom-run since January 2021. */
function promrun(): Registered {
  const registry = new Registry();
  const registers = [registry];
  const exits = new Counter({
    name: 'promrun_command_exits_total',
    help: 'Counts the number of times the command ran by exit code.',
    labelNames: ['check', 'code'],
    registers,
  });
  const durations = new Summary({
    name: 'promrun_command_duration_seconds',
    help: 'Time spent running command.',
    labelNames: ['check'],
    percentiles: [],
    registers,
  });
  const [success, last, duration] = [
    gauge(registry, 'promrun_command_last_success_timestamp_seconds', 'The timestamp of the last successful run.'),
    gauge(registry, 'promrun_command_last_run_timestamp_seconds', 'The timestamp of the last run.'),
    gauge(registry, 'promrun_command_last_run_duration_seconds', 'The duration of the last run.'),
  ];
  const forget = memory();
  return {
    registry,
    observe: (result) => {
      const labels = { check: result.check, code: String(exitCodeOf(result)) };
      exits.inc(labels);
      durations.observe({ check: result.check }, result.durationSeconds);
      forget.remember(result.check, labels, exits);
      forget.remember(result.check, { check: result.check }, durations);
    },
    refresh: (entries) => {
      forget.others(entries);
      fill(last, entries, ({ state }) => endOf(state.last));
      fill(duration, entries, ({ state }) => state.last?.durationSeconds);
      fill(success, entries, ({ state }) =>
        state.last !== undefined && exitCodeOf(state.last) === 0 ? endOf(state.last) : secondsOf(state.lastInSyncAt),
      );
    },
  };
}

/** prom-run before, which kubediff's published alert still asks for. */
function kubediff(): Registered {
  const registry = new Registry();
  const code = gauge(registry, 'command_exit_code', 'Exit code of command.');
  const durations = new Summary({
    name: 'command_duration_seconds',
    help: 'Time spent running command.',
    labelNames: ['check'],
    percentiles: [],
    registers: [registry],
  });
  const forget = memory();
  return {
    registry,
    observe: ({ check, durationSeconds }) => {
      durations.observe({ check }, durationSeconds);
      forget.remember(check, { check }, durations);
    },
    refresh: (entries) => {
      forget.others(entries);
      fill(code, entries, ({ state }) => (state.last === undefined ? undefined : exitCodeOf(state.last)));
    },
  };
}

/** Of checks of Terraform alone. A run that came to no plan is 1: terradiff kept the code of the plan before. */
function terradiff(): Registered {
  const registry = new Registry();
  const code = gauge(registry, 'terradiff_plan_exit_code', "The exit code of the latest run of 'terraform plan'.");
  const durations = new Histogram({
    name: 'terradiff_terraform_command_duration_seconds',
    help: 'How long Terraform commands take to run',
    labelNames: ['check', 'command', 'exit_code'],
    buckets: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
    registers: [registry],
  });
  const forget = memory();
  return {
    registry,
    observe: (result) => {
      if (result.checker !== 'terraform') return;
      const labels = { check: result.check, command: 'plan', exit_code: String(exitCodeOf(result)) };
      durations.observe(labels, result.durationSeconds);
      forget.remember(result.check, labels, durations);
    },
    refresh: (entries) => {
      forget.others(entries);
      const plans = entries.filter(({ config }) => config.checker === 'terraform');
      fill(code, plans, ({ state }) => (state.last === undefined ? undefined : exitCodeOf(state.last)));
    },
  };
}

/** The command's own; where none ended, what `drift-exporter check` would end with: 0, 2 or 1. */
function exitCodeOf({ exitCode, status }: RunResult): number {
  return exitCode ?? EXIT_CODES[status];
}

/** prom-run takes the time at the end of a run. Seconds since 1970. */
function endOf(result: RunResult | undefined): number | undefined {
  return result === undefined ? undefined : Date.parse(result.startedAt) / 1000 + result.durationSeconds;
}

function secondsOf(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Date.parse(iso) / 1000;
}

function gauge(registry: Registry, name: string, help: string): Gauge {
  return new Gauge({ name, help, labelNames: ['check'], registers: [registry] });
}

function fill(metric: Gauge, entries: readonly BoardEntry[], value: (entry: BoardEntry) => number | undefined): void {
  metric.reset();
  for (const entry of entries) {
    const known = value(entry);
    if (known !== undefined) metric.set({ check: entry.config.name }, known);
  }
}

/** Which series a check has, so that they go when it goes. */
interface Memory {
  remember(check: string, labels: Labels, metric: Forgettable): void;
  others(entries: readonly BoardEntry[]): void;
}

interface Forgettable {
  remove(labels: Record<string, string>): void;
}

function memory(): Memory {
  const known = new Map<string, Map<string, () => void>>();
  return {
    remember: (check, labels, metric) => {
      const series = known.get(check) ?? new Map<string, () => void>();
      const key = Object.values(labels).join(' '); // two metrics of one check have other labels
      series.set(key, () => {
        metric.remove(labels);
      });
      known.set(check, series);
    },
    others: (entries) => {
      const there = new Set(entries.map(({ config }) => config.name));
      for (const [check, series] of known) {
        if (there.has(check)) continue;
        for (const forget of series.values()) forget();
        known.delete(check);
      }
    },
  };
}

type Labels = Record<string, string>;
