/**
 * One side of bench/scrape.ts: serves the same board either as the exporter does (`ours`) or by a prom-client registry that
 * renders for each scrape (`prom-client`). Answers on a channel of its own what it cost.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { createMetrics } from '../src/metrics/exposition.ts';
import type { MetricsView } from '../src/metrics/table.ts';
import { Board } from '../src/run/board.ts';
import type { RunResult } from '../src/run/result.ts';
import { nextState } from '../src/run/state.ts';
import { checkConfig, serve } from '../test/http/fleet.ts';
import { promClientRegistry, promClientText } from '../test/metrics/prom-client.ts';

const [side = 'ours', checks = '1000', drifted = '50'] = process.argv.slice(2);
const nameOf = (check: number): string => `network-${String(check % Number(checks)).padStart(5, '0')}`;
const board = new Board();
let run = 0;
let redone: NodeJS.Timeout | undefined;
const delay = monitorEventLoopDelay({ resolution: 5 });

/** The next run of a check, with other numbers and other drift than the last. */
function finishRun(check: number): void {
  const entry = board.get(nameOf(check));
  if (entry === undefined) return;
  run++;
  const startedAt = new Date(1_767_225_600_000 + run * 1000).toISOString();
  const drift = Array.from({ length: Number(drifted) }, (_, at): RunResult['drift'][number] => ({
    address: `module.network["${at % 7}"].aws_security_group_rule.allow_${at + (run % 2)}`,
    type: 'aws_security_group_rule',
    scope: `module.network["${at % 7}"]`,
    action: 'update',
    cause: 'out_of_band',
    changes: [{ op: 'replace', path: '/cidr_blocks/0' }],
  }));
  const found = { suppressed: [], ruleMatches: {}, failures: [], notices: [], notCompared: [], redactions: 0, drift };
  const result: RunResult = {
    id: `run-${run}`,
    check: nameOf(check),
    checker: 'terraform',
    status: 'drifted',
    startedAt,
    durationSeconds: 1.5 + (run % 7),
    exitCode: 2,
    resources: 100,
    ...found,
  };
  board.update(result.check, { state: nextState(entry.state, result, 1), nextRunAt: startedAt });
}

function view(): MetricsView {
  return {
    entries: board.entries(),
    resourceSeriesPerCheck: 500,
    sources: [],
    discoveries: [],
    rules: [],
    pools: [],
    queueLength: 0,
    workersBusy: 0,
    redactions: {},
    version: '1.0.0',
    config: { lastReloadSuccessful: true, loadedAt: '2026-01-01T00:00:00.000Z' },
    store: { up: true, errors: 0 },
  };
}

async function servePromClient(): Promise<number> {
  const registry = promClientRegistry(view());
  const compress = promisify(gzip);
  const serveText = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await promClientText(registry, 'text');
    const zipped = request.headers['accept-encoding'] === 'gzip';
    if (zipped) response.setHeader('Content-Encoding', 'gzip');
    response.end(zipped ? await compress(text, { level: constants.Z_BEST_SPEED }) : text);
  };
  const server = createServer((request, response) => void serveText(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function serveOurs(): Promise<number> {
  const metrics = createMetrics(() => ({ version: String(board.version), view: view() }));
  return (await serve(board, { metrics })).port;
}

board.configure(Array.from({ length: Number(checks) }, (_, check) => checkConfig(nameOf(check))));
for (let check = 0; check < Number(checks); check++) finishRun(check);
globalThis.gc?.();
const bareRssMiB = process.memoryUsage().rss / 2 ** 20;
const port = await (side === 'ours' ? serveOurs() : servePromClient());
delay.enable();

/** `run`: one check ends a run now. `runs`: so many a second from now on. `cost`: since the last question. */
process.on('message', (message: { readonly ask: 'run' | 'runs' | 'cost'; readonly count?: number }) => {
  if (message.ask === 'run') finishRun(run);
  if (message.ask === 'runs') {
    clearInterval(redone);
    if (message.count !== undefined) redone = setInterval(() => finishRun(run), 1000 / message.count);
  }
  // Later: a loop that was blocked has told so by then.
  setTimeout(answer, message.ask === 'cost' ? 12 : 0, message.ask === 'cost');
});
process.on('disconnect', () => process.exit());
process.send?.({ port });

function answer(final: boolean): void {
  const { user, system } = process.cpuUsage();
  const rssMiB = process.memoryUsage().rss / 2 ** 20;
  process.send?.({ cpuMs: (user + system) / 1000, blockedMs: delay.max / 1e6, rssMiB, bareRssMiB });
  if (final) delay.reset();
}
