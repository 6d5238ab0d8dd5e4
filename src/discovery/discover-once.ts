import type { CheckConfig } from '../config/config.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { discoverersOf } from '../config/to-discovery.ts';
import type { Failure } from '../drift.ts';
import type { RunDependencies } from '../run/run-check.ts';
import { look } from './look.ts';
import { makeChecks } from './make-checks.ts';
import { nextItems } from './next-items.ts';

/** Looks once at everything, for who does not stay: the checks made of what is found, and what stays unknown. */
export async function discoverOnce(
  { config, checkers, makeCheck }: LoadedConfig,
  { dependencies, signal }: { readonly dependencies: RunDependencies; readonly signal: AbortSignal },
): Promise<{ readonly checks: readonly CheckConfig[]; readonly failures: readonly Failure[] }> {
  const taken = new Map(config.checks.map(({ name }) => [name, 'a check in `checks`']));
  const checks: CheckConfig[] = [];
  const failures: Failure[] = [];
  for (const discovery of config.discover) {
    const discoverer = discoverersOf(checkers).find(({ name }) => name === discovery.discoverer);
    if (discoverer === undefined) continue; // refused when the configuration was loaded
    const seen = await look(discovery, { discoverer, dependencies, signal });
    const next = nextItems([], seen, discovery.limit);
    const made = makeChecks(discovery, next.items, { makeCheck, taken });
    checks.push(...made.checks);
    const found = [...next.failures, ...made.failures];
    failures.push(...found.map((failure) => ({ ...failure, message: `${discovery.name}: ${failure.message}` })));
  }
  return { checks, failures };
}
