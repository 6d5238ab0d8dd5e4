import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createMetrics, type Metrics } from '../../src/metrics/exposition.ts';
import { Board } from '../../src/run/board.ts';
import { checkConfig, largeFleet, serve, type Served } from '../http/fleet.ts';
import { needs } from '../support/skips.ts';

const run = promisify(execFile);

describe('a scrape', () => {
  const board = largeFleet(100, 20);
  let version = 0;
  let metrics: Metrics;
  let served: Served;

  before(async () => {
    metrics = createMetrics(() => ({ version: `${version} ${board.version}`, view: viewOf(board) }));
    served = await serve(board, { metrics });
  });
  after(async () => {
    await served.close();
    metrics.close();
  });

  const curl = async (...options: readonly string[]): Promise<string> => {
    const { stdout } = await run('curl', ['-sS', ...options, `${served.url}/metrics`], { maxBuffer: 2 ** 26 });
    return stdout;
  };
  /** Without what Node.js measures anew each time. */
  const checksOf = (text: string): string => text.split(/^# HELP process_/m)[0] ?? '';

  for (const [format, accept] of [
    ['text', 'text/plain'],
    ['OpenMetrics', 'application/openmetrics-text'],
  ] as const) {
    it(`shows all of it to curl --compressed, as ${format}`, async function () {
      needs(this, { curl: 'apt-get install curl' });
      const plain = await curl('-H', `Accept: ${accept}`);
      const unzipped = await curl('-H', `Accept: ${accept}`, '--compressed');
      expect(checksOf(unzipped)).to.equal(checksOf(plain));
      expect(unzipped.split('\n').length).to.be.greaterThan(4000);
      expect(unzipped).to.include('# TYPE drift_check_run_duration_seconds histogram\n'); // the last metric
    });
  }

  it('says in its headers what HEAD says, too', async () => {
    for (const headers of [{ 'Accept-Encoding': 'gzip' }, { 'Accept-Encoding': 'identity' }]) {
      const response = await fetch(`${served.url}/metrics`, { method: 'HEAD', headers });
      expect(Number(response.headers.get('content-length'))).to.be.greaterThan(1000);
      expect(response.headers.get('content-encoding')).to.equal(headers['Accept-Encoding'] === 'gzip' ? 'gzip' : null);
      expect(response.headers.get('vary')).to.equal('Accept, Accept-Encoding');
    }
  });

  it('gives scrapes at once the same answer, while the first one still formats', async () => {
    version++;
    const bodies = await Promise.all([1, 2, 3].map(async () => Buffer.concat(await metrics.render('text')).toString()));
    expect(new Set(bodies.map(checksOf)).size).to.equal(1);
  });

  it('goes on after an update that failed', async () => {
    const small = new Board();
    small.configure([checkConfig('a')]);
    let broken = true;
    const shaky = createMetrics(() => {
      if (broken) throw new Error('no view');
      return { version: '1', view: viewOf(small) };
    });
    const outcome = await shaky.render('text').then(
      () => 'rendered',
      (error: unknown) => String(error),
    );
    expect(outcome).to.equal('Error: no view');
    broken = false;
    expect(Buffer.concat(await shaky.render('text')).toString()).to.include('drift_check_info{check="a"');
    shaky.close();
  });
});

function viewOf(board: Board): ReturnType<Parameters<typeof createMetrics>[0]>['view'] {
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
    version: '1.2.3',
    config: { lastReloadSuccessful: true, loadedAt: '2026-01-01T00:00:00.000Z' },
    store: { up: true, errors: 0 },
  };
}
