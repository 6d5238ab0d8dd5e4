#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import type { CheckOnceOptions } from './check-once.ts';
import { HELP, parseCommand, type Command } from './cli.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Role } from './config/role.ts';
import type { Exporter } from './exporter.ts';
import { aliasOf } from './kubediff/alias.ts';
import type { RunResult } from './run/result.ts';
import { VERSION } from './version.ts';

const terminal = process.stderr.isTTY;

type ServeCommand = Extract<Command, { command: 'serve' }>;

try {
  process.exitCode = (await asAlias()) ?? (await execute(parseCommand(process.argv.slice(2), 'drift-exporter.yaml')));
} catch (error) {
  process.stderr.write(`drift-exporter: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1); // whatever was begun may not keep alive what could not start
}

/** Started as kubediff or compare-images, or told to be. */
async function asAlias(): Promise<number | undefined> {
  const [, program = '', ...args] = process.argv;
  const alias = aliasOf(program, args);
  if (alias === undefined) return undefined;
  const { runAlias } = await import('./kubediff/run-kubediff.ts');
  return runAlias(alias, args[0] === alias ? args.slice(1) : args, {
    run: async (text) => {
      let found: readonly RunResult[] = [];
      const render = (results: readonly RunResult[]): string => {
        found = results;
        return '';
      };
      await runOnce({ loaded: await load(alias, { text }), names: [], output: 'text', render });
      const [result] = found;
      if (result === undefined) throw new Error('the run gave no result');
      return result;
    },
    print,
    complain: (text) => void process.stderr.write(text),
  });
}

async function execute(command: Command): Promise<number> {
  switch (command.command) {
    case 'help':
      return print(HELP);
    case 'version':
      return print(`drift-exporter ${VERSION}\n`);
    case 'schema': {
      const { builtIn } = await import('../checkers/index.ts');
      const { configJsonSchema } = await import('./config/json-schema.ts');
      return print(`${JSON.stringify(configJsonSchema(builtIn), null, 2)}\n`);
    }
    case 'validate': {
      const { config } = await load(command.config);
      return print(
        `${command.config}: valid; ${config.checks.length} checks, ${config.sources.length} sources, ${config.ignore.length} ignore rules\n`,
      );
    }
    case 'check':
      return check(command);
    case 'compare':
      return compare(command);
    case 'serve':
      return serve(command);
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** What a command does not need costs it nothing: parts are loaded when they are used. */
async function load(
  file: string,
  { text, role }: { readonly text?: string; readonly role?: Role } = {},
): Promise<LoadedConfig> {
  const [{ loadBuiltIn }, { loadConfig, parseConfig }, { createRegistry }] = await Promise.all([
    import('../checkers/load-built-in.ts'),
    import('./config/load-config.ts'),
    import('./registry.ts'),
  ]);
  const options = {
    environment: process.env,
    loadCheckers: createRegistry(loadBuiltIn),
    ...(role !== undefined && { role }),
  };
  return text === undefined ? loadConfig(file, options) : parseConfig(text, { ...options, file });
}

async function check(command: Extract<Command, { command: 'check' }>): Promise<number> {
  const { kubernetesShortcut } = await import('./config/kubernetes-shortcut.ts');
  const shortcut = command.kubernetes;
  const loaded = await load(shortcut?.path ?? command.config, shortcut && { text: await kubernetesShortcut(shortcut) });
  return runOnce({ ...command, loaded });
}

async function compare({ shortcut, output }: Extract<Command, { command: 'compare' }>): Promise<number> {
  const { compareShortcut } = await import('./config/compare-shortcut.ts');
  const loaded = await load('compare', { text: await compareShortcut(shortcut) });
  const { renderParity } = await import('./diff/render-parity.ts');
  return runOnce({ loaded, names: [], output, ...(shortcut.fields.length > 0 && { render: renderParity }) });
}

async function runOnce(given: Pick<CheckOnceOptions, 'loaded' | 'names' | 'output' | 'render'>): Promise<number> {
  const { createLog } = await import('./log.ts');
  const log = createLog({ level: 'error', terminal });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const { checkOnce } = await import('./check-once.ts');
  return checkOnce({ ...given, environment: process.env, log, print, signal: stop.signal });
}

async function serve(command: ServeCommand): Promise<number> {
  keepYoungObjectsFew();
  const starting = start(command);
  // A signal may come at any time from here on: it waits for the end of the start.
  process.on('SIGHUP', () => void starting.then(async ({ exporter }) => exporter.reload()).catch(() => undefined));
  const stopped = stopSignal();
  const { exporter, log } = await starting;
  await stopped;
  log.info('shutting down');
  await exporter.close();
  return 0;
}

async function start({
  config: file,
  role,
}: ServeCommand): Promise<{ readonly exporter: Exporter; readonly log: Logger }> {
  const loaded = await load(file, { role });
  const { createLog } = await import('./log.ts');
  const log = createLog({ level: loaded.config.global.logLevel, terminal });
  // Node.js waits for the processes it started itself only.
  if (process.pid === 1)
    log.warn(
      'runs as process 1, without an init: what checks leave behind stays as zombies; use tini, or docker run --init',
    );
  process.on('unhandledRejection', (error) => {
    log.error({ error: String(error) }, 'unhandled rejection');
  });
  const { startExporter } = await import('./exporter.ts');
  const exporter = await startExporter({
    loaded,
    load: () => load(file, { role }),
    role,
    environment: process.env,
    version: VERSION,
    log,
  });
  return { exporter, log };
}

/**
 * V8 gives ever more room to young objects in a start and does not take it back from a process that idles: 30 MiB. With
 * little room it collects them more often.
 */
function keepYoungObjectsFew(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const onSignal = (): void => {
    if (count++ > 0) process.exit(1);
    resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  await promise;
}
