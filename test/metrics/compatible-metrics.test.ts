import { expect } from 'chai';
import type { CompatibleMetrics } from '../../src/config/config.ts';
import { createCompatibleMetrics } from '../../src/metrics/compatible-metrics.ts';
import type { RunResult } from '../../src/run/result.ts';
import { Board } from '../../src/run/board.ts';
import { checkConfig, record, runResult } from '../http/fleet.ts';

const DRIFT = [{ address: 'a', type: 'x', action: 'update', cause: 'unknown', changes: [] }] as const;
const FAILED = [{ phase: 'observe', reason: 'locked', message: 'x' }] as const;

/** Everything that the names give after these runs of `root` (Terraform) and `shop` (Kubernetes). */
async function exposed(names: readonly CompatibleMetrics[], remove = false): Promise<readonly string[]> {
  const board = new Board();
  const checks = { root: checkConfig('root'), shop: checkConfig('shop', { checker: 'kubernetes' }) };
  board.configure(Object.values(checks));
  const compatible = createCompatibleMetrics(() => ({ names, entries: board.entries() }));
  const run = (check: keyof typeof checks, change: Partial<RunResult>, without: readonly string[] = []): void => {
    const whole = runResult(checks[check], { startedAt: '2026-11-21T06:00:00.000Z', ...change });
    const result = Object.fromEntries(
      Object.entries(whole).filter(([key]) => !without.includes(key)),
    ) as unknown as RunResult;
    record(board, checks[check], [result]);
    compatible.observe(result);
  };
  run('root', {});
  run('root', { drift: DRIFT, startedAt: '2026-11-21T06:10:00.000Z', durationSeconds: 3 });
  run('shop', {}, ['exitCode']);
  run('shop', { failures: FAILED, startedAt: '2026-11-21T06:20:00.000Z' }, ['exitCode']);
  if (remove) board.configure([checks.root]);
  return (await compatible.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics under the names of other tools', () => {
  it('are none unless asked for', async () => {
    expect(await exposed([])).to.deep.equal([]);
  });

  it("are prom-run's", async () => {
    expect(await exposed(['promrun'])).to.deep.equal([
      'promrun_command_exits_total{check="root",code="0"} 1',
      'promrun_command_exits_total{check="root",code="2"} 1',
      'promrun_command_exits_total{check="shop",code="0"} 1',
      'promrun_command_exits_total{check="shop",code="1"} 1',
      'promrun_command_duration_seconds_sum{check="root"} 15.5',
      'promrun_command_duration_seconds_count{check="root"} 2',
      'promrun_command_duration_seconds_sum{check="shop"} 25',
      'promrun_command_duration_seconds_count{check="shop"} 2',
      'promrun_command_last_success_timestamp_seconds{check="root"} 1795240800',
      'promrun_command_last_success_timestamp_seconds{check="shop"} 1795240800',
      'promrun_command_last_run_timestamp_seconds{check="root"} 1795241403',
      'promrun_command_last_run_timestamp_seconds{check="shop"} 1795242012.5',
      'promrun_command_last_run_duration_seconds{check="root"} 3',
      'promrun_command_last_run_duration_seconds{check="shop"} 12.5',
    ]);
  });

  it("are those that kubediff's published alert asks for", async () => {
    expect((await exposed(['kubediff'])).slice(0, 2)).to.deep.equal([
      'command_exit_code{check="root"} 2',
      'command_exit_code{check="shop"} 1',
    ]);
  });

  it("are terradiff's, of Terraform alone", async () => {
    const lines = await exposed(['terradiff']);
    expect(lines[0]).to.equal('terradiff_plan_exit_code{check="root"} 2');
    expect(lines).to.include(
      'terradiff_terraform_command_duration_seconds_count{check="root",command="plan",exit_code="2"} 1',
    );
    expect(lines.join()).not.to.include('shop');
  });

  it('go with their check', async () => {
    const lines = await exposed(['promrun', 'kubediff', 'terradiff'], true);
    expect(lines.join()).to.include('root').and.not.to.include('shop');
  });
});
