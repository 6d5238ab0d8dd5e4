import type { Checker, Discoverer } from '../checker.ts';
import { fillPlaceholders, placeholderPaths } from '../discovery/placeholders.ts';
import type { CheckConfig, DiscoveryConfig, SourceConfig } from './config.ts';
import type { DiscoverFile } from './file.ts';
import { pathText, shown } from './issues.ts';
import { validateVariables, type IsVariable } from './validate-variables.ts';

type Path = readonly PropertyKey[];

/** A check of an entry of `checks`, or every error of it, with the path that `at` begins. */
export type MakeCheck = (
  definition: unknown,
  at: Path,
) => { readonly ok: true; readonly value: CheckConfig } | { readonly ok: false; readonly errors: readonly string[] };

/** Keys of an entry that are no discoverer's. */
export const DISCOVERY_KEYS: readonly string[] = ['name', 'source', 'interval', 'timeout', 'limit', 'checks'];

/** An entry of `discover`, or nothing and its errors. Its templates are tried with the discoverer's example. */
export function toDiscovery(given: {
  readonly value: DiscoverFile;
  readonly at: Path;
  readonly checkers: ReadonlyMap<string, Checker>;
  readonly sources: readonly SourceConfig[];
  readonly isVariable: IsVariable;
  readonly makeCheck: MakeCheck;
  readonly errors: string[];
}): DiscoveryConfig[] {
  const { value, at, checkers, sources, isVariable, makeCheck, errors } = given;
  const { name, source, interval, timeout, limit, checks: templates } = value;
  const discoverers = new Map(discoverersOf(checkers).map((discoverer) => [discoverer.name, discoverer]));
  const before = errors.length;
  const known = source === undefined || sources.some((one) => one.name === source);
  if (!known) errors.push(`${pathText([...at, 'source'])}: no such source; got ${shown(source)}`);
  const discoverer = chosen(given, discoverers);
  if (discoverer === undefined) return [];
  if (discoverer.needsSource === true && source === undefined)
    errors.push(`${pathText([...at, 'source'])}: expected the name of a source to look in; got nothing`);
  const options = validateVariables(discoverer.options, value[discoverer.name], {
    at: [...at, discoverer.name],
    isVariable,
  });
  if (!options.ok) errors.push(...options.errors);
  for (const [index, template] of templates.entries())
    errors.push(
      ...templateErrors(template, {
        discoverer,
        source: known ? source : undefined,
        makeCheck,
        at: [...at, 'checks', index],
      }),
    );
  if (!options.ok || errors.length > before) return [];
  return [
    {
      name,
      discoverer: discoverer.name,
      ...(source !== undefined && { source }),
      intervalMs: interval,
      timeoutMs: timeout,
      limit,
      options: options.value,
      templates: templates.map((template) => withSource(template, source)),
    },
  ];
}

/** Of all the checkers. */
export function discoverersOf(checkers: ReadonlyMap<string, Checker>): readonly Discoverer[] {
  return [...checkers.values()].flatMap(({ discoverers }) => discoverers ?? []);
}

function chosen(
  { value, at, errors }: Parameters<typeof toDiscovery>[0],
  discoverers: ReadonlyMap<string, Discoverer>,
): Discoverer | undefined {
  const known = [...discoverers.keys()].toSorted();
  const given = Object.keys(value).filter((key) => discoverers.has(key));
  const unknown = Object.keys(value).filter((key) => !DISCOVERY_KEYS.includes(key) && !discoverers.has(key));
  const expected = [...DISCOVERY_KEYS, ...known].join(', ');
  errors.push(...unknown.map((key) => `${pathText([...at, key])}: unknown key; expected one of ${expected}`));
  if (given.length === 1) return discoverers.get(given[0] ?? '');
  if (unknown.length === 0 || given.length > 1)
    errors.push(
      `${pathText(at)}: expected exactly one of ${known.join(', ')}; got ${given.length === 0 ? 'none' : given.join(' and ')}`,
    );
  return undefined;
}

/** What is wrong with it whatever is found: placeholders that do not exist, and fields that hold none. */
function templateErrors(
  template: Readonly<Record<string, unknown>>,
  {
    discoverer,
    source,
    makeCheck,
    at,
  }: {
    readonly discoverer: Discoverer;
    readonly source: string | undefined;
    readonly makeCheck: MakeCheck;
    readonly at: Path;
  },
): string[] {
  const filled = fillPlaceholders(template, discoverer.example);
  if (filled.errors.length > 0)
    return filled.errors.map(({ path, message }) => `${pathText([...at, ...path])}: ${message}`);
  const variable = placeholderPaths(template).map((path) => pathText([...at, ...path]));
  if (!variable.includes(pathText([...at, 'name'])) && typeof template['name'] === 'string')
    return [`${pathText([...at, 'name'])}: expected a placeholder in it: each check needs a name of its own`];
  const made = makeCheck(withSource(filled.document as Readonly<Record<string, unknown>>, source), at);
  if (made.ok) return [];
  // An example is not what will be found: a label may well be a duration.
  return made.errors.filter(
    (error) => error.includes(': unknown key') || !variable.some((path) => error.startsWith(path)),
  );
}

function withSource(
  template: Readonly<Record<string, unknown>>,
  source: string | undefined,
): Readonly<Record<string, unknown>> {
  return source === undefined || 'source' in template ? template : { ...template, source };
}
