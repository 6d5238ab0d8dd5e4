import type { Logger } from 'pino';
import type { CheckOutput } from './cli.ts';
import type { CheckConfig } from './config/config.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { renderMarkdown } from './diff/render-markdown.ts';
import { renderText } from './diff/render-text.ts';
import { discoverOnce } from './discovery/discover-once.ts';
import { EXIT_CODES } from './drift.ts';
import { Board } from './run/board.ts';
import { oneOffDataDir } from './run/one-off-data-dir.ts';
import type { Recorder } from './run/recorder.ts';
import type { RunResult } from './run/result.ts';
import { createService, type Service } from './service.ts';

export interface CheckOnceOptions {
  readonly loaded: LoadedConfig;
  /** Names or none for all. */
  readonly names: readonly string[];
  readonly output: CheckOutput;
  /** How results are printed. Default: each check with what differs. */
  readonly render?: (results: readonly RunResult[], output: CheckOutput) => string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly print: (text: string) => void;
  /** Ends the runs that go on. */
  readonly signal: AbortSignal;
}

const NO_RECORDER: Recorder = {
  record: async (state) => state,
  up: true,
  errors: 0,
  flush: async () => {},
  close: async () => {},
};

/** Runs checks once, without a store, prints what they found and returns the exit code: 0, 2 or 1. */
export async function checkOnce(options: CheckOnceOptions): Promise<number> {
  const { config } = options.loaded;
  const place = await oneOffDataDir(config.global);
  const loaded = { ...options.loaded, config: { ...config, global: { ...config.global, dataDir: place.dir } } };
  return runChecks({ ...options, loaded }).finally(() => place.release());
}

async function runChecks(options: CheckOnceOptions): Promise<number> {
  const { loaded, names, environment, log, signal } = options;
  const board = new Board();
  const service = createService({ board, recorder: NO_RECORDER, environment, log, finished: () => {} });
  const onAbort = (): void => void service.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { checks, complete } = await allChecks(service, options);
    const wanted = checks.filter(({ name }) => names.length === 0 || names.includes(name));
    const unknown = names.filter((name) => !wanted.some((check) => check.name === name));
    if (unknown.length > 0) throw new RangeError(`no such check: ${unknown.join(', ')}`);
    await service.apply({ ...loaded, config: { ...loaded.config, checks: wanted } });
    const results = await Promise.all(wanted.map(({ name }) => service.queue.enqueue(name)));
    options.print((options.render ?? render)(results, options.output));
    return complete ? exitCodeOf(results) : EXIT_CODES.error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await service.close();
  }
}

/** The configured checks, and those of what is discovered unless all that are asked for are configured. */
async function allChecks(
  service: Service,
  { loaded, names, log, signal }: CheckOnceOptions,
): Promise<{ readonly checks: readonly CheckConfig[]; readonly complete: boolean }> {
  const { checks, discover } = loaded.config;
  const configured = new Set(checks.map(({ name }) => name));
  if (discover.length === 0 || (names.length > 0 && names.every((name) => configured.has(name))))
    return { checks, complete: true };
  await service.apply({ ...loaded, config: { ...loaded.config, checks: [] } });
  const found = await discoverOnce(loaded, { dependencies: service.dependencies(), signal });
  for (const { reason, message } of found.failures) log.error({ reason, error: message }, 'discovery failed');
  return { checks: [...checks, ...found.checks], complete: found.failures.length === 0 };
}

function render(results: readonly RunResult[], output: CheckOutput): string {
  const now = new Date();
  if (output === 'json') return `${JSON.stringify({ generatedAt: now.toISOString(), checks: results }, null, 2)}\n`;
  return output === 'markdown' ? renderMarkdown(results, { now }) : renderText(results, { now });
}

function exitCodeOf(results: readonly RunResult[]): number {
  if (results.some(({ status }) => status === 'error')) return EXIT_CODES.error;
  return results.some(({ status }) => status === 'drifted') ? EXIT_CODES.drifted : EXIT_CODES.in_sync;
}
