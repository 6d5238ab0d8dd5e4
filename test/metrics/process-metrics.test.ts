import { expect } from 'chai';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createMetrics } from '../../src/metrics/exposition.ts';
import { toOpenMetrics } from '../../src/metrics/process-metrics.ts';
import { promClientText } from './prom-client.ts';

/** As Node.js's own metrics are: counters, gauges of which some end like counters, histograms. */
function registry(): Registry {
  const registers = [new Registry()];
  new Counter({ name: 'a_total', help: 'Ends in # TYPE b_total counter.', labelNames: ['x'], registers }).inc({
    x: '\n"',
  });
  new Counter({ name: 'seconds_total', help: 'Two\nlines\n\nand # HELP.', registers }).inc(0.25);
  new Gauge({ name: 'handles_total', help: 'A gauge.', registers }).set(3);
  new Histogram({ name: 'c', help: 'c', buckets: [1], labelNames: ['x'], registers }).observe({ x: 'a\n\nb' }, 2);
  return registers[0] ?? new Registry();
}

describe('the metrics that prom-client keeps', () => {
  it('become the OpenMetrics that prom-client prints', async () => {
    expect(toOpenMetrics(await promClientText(registry(), 'text'))).to.equal(
      await promClientText(registry(), 'openmetrics'),
    );
  });

  it('keep the names of their counters in the text format after a scrape as OpenMetrics', async () => {
    const board = {
      entries: [],
      resourceSeriesPerCheck: 1,
      sources: [],
      discoveries: [],
      rules: [],
      pools: [],
      queueLength: 0,
      workersBusy: 0,
    };
    const rest = { redactions: {}, version: '1', config: { lastReloadSuccessful: true, loadedAt: '2026-01-01' } };
    const view = { ...board, ...rest, store: { up: true, errors: 0 } };
    const scraped = createMetrics(() => ({ version: '1', view }));
    const names = async (): Promise<readonly string[]> => {
      const body = Buffer.concat(await scraped.render('text')).toString();
      return body.split('\n').filter((line) => line.startsWith('# TYPE '));
    };
    const before = await names();
    await scraped.render('openmetrics');
    expect(await names())
      .to.deep.equal(before)
      .and.to.include('# TYPE process_cpu_seconds_total counter');
    scraped.close();
  });
});
