import type { Config } from './config.ts';
import { worksPool, type Role } from './role.ts';

/**
 * The part of a configuration that a process of this role puts in force: a worker only its pools' checks, a process that
 * does no runs of a source's checks not that source.
 */
export function partFor(config: Config, role: Role): Config {
  if (role.pools === 'all') return config;
  const own = config.checks.filter(({ pool }) => worksPool(role, pool));
  const used = new Set([...own, ...config.discover].map(({ source }) => source));
  return {
    ...config,
    checks: role.serves ? config.checks : own,
    sources: config.sources.filter(({ name }) => used.has(name)),
  };
}
