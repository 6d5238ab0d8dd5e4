import { type Checker, type Discovered, type Discoverer } from '../checker.ts';
import type { DiscoveryConfig } from '../config/config.ts';
import { DEFAULT_POOL } from '../config/role.ts';
import type { Failure } from '../drift.ts';
import { createIgnoreRules } from '../run/ignore-rules.ts';
import { runCheck, type RunDependencies } from '../run/run-check.ts';

/** What one look found; without `discovered` it could not look, and `failures` say why. */
export interface Look {
  readonly discovered?: Discovered;
  /** Without secrets. */
  readonly failures: readonly Failure[];
}

/**
 * Looks once. It goes the way of a run: with the source's checkout, a time limit, masked messages, a directory of its own,
 * and no process left behind. Never rejects.
 */
export async function look(
  discovery: DiscoveryConfig,
  {
    discoverer,
    dependencies,
    signal,
  }: {
    readonly discoverer: Discoverer;
    readonly dependencies: RunDependencies;
    readonly signal: AbortSignal;
  },
): Promise<Look> {
  const name = `discover-${discoverer.name}`;
  let discovered: Discovered | undefined;
  const checker: Checker<unknown, Discovered> = {
    apiVersion: 1,
    name,
    options: discoverer.options,
    async *observe(options, context) {
      discovered = await discoverer.discover(options, context);
      yield discovered;
    },
    compare: ({ items, failures }) => ({ resources: items.length, drift: [], failures }),
  };
  const { source, timeoutMs, options } = discovery;
  const result = await runCheck(
    {
      check: {
        name: discovery.name,
        checker: name,
        ...(source !== undefined && { source }),
        schedule: { kind: 'interval', intervalMs: discovery.intervalMs, jitter: 0 },
        timeoutMs,
        labels: {},
        confirmations: 1,
        pool: DEFAULT_POOL,
        weight: 1,
        options,
      },
      signal,
    },
    { ...dependencies, checkers: new Map([[name, checker as Checker]]), ignoreRules: createIgnoreRules([]) },
  );
  return { ...(discovered !== undefined && { discovered }), failures: result.failures };
}
