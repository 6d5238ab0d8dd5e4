import { ALONE, DEFAULT_POOL, worksPool, type Role } from './role.ts';

/**
 * Which texts of a configuration file, as written, a process of this role needs: not the options of checks that others
 * run, and not their sources. Every process looks for what `discover` names.
 */
export function neededBy(role: Role = ALONE, written: unknown): (path: readonly PropertyKey[]) => boolean {
  if (role.pools === 'all') return () => true;
  const checks = listOf(written, 'checks');
  const own = checks.map((check) => worksPool(role, poolOf(check)));
  const discover = listOf(written, 'discover');
  const templates = discover.flatMap((discovery) => listOf(discovery, 'checks'));
  const looking = [...checks.filter((_, index) => own[index]), ...discover, ...templates];
  const used = new Set(looking.map(({ source }) => source));
  const sources = listOf(written, 'sources').map(({ name }) => used.has(name));
  return ([section, index, key]) => {
    if (section === 'sources') return key === 'name' || sources[Number(index)] === true;
    return section !== 'checks' || key !== 'options' || own[Number(index)] === true;
  };
}

function poolOf({ pool }: Readonly<Record<string, unknown>>): string {
  return typeof pool === 'string' ? pool : DEFAULT_POOL;
}

function listOf(written: unknown, section: string): readonly Readonly<Record<string, unknown>>[] {
  const list: unknown = (written as Readonly<Record<string, unknown>> | null)?.[section];
  return Array.isArray(list) ? list.map((item) => (item ?? {}) as Readonly<Record<string, unknown>>) : [];
}
