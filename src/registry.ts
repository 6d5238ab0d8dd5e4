import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHECKER_API_VERSION, type Checker, type Discoverer } from './checker.ts';
import type { LoadCheckers } from './config/load-config.ts';
import { DISCOVERY_KEYS, discoverersOf } from './config/to-discovery.ts';

/** The built-in checkers, or what loads those that are named; all of them without names. */
export type BuiltIn = readonly Checker[] | ((named?: ReadonlySet<string>) => Promise<readonly Checker[]>);

/** Finds checkers: the built-in ones, and the default exports of packages named in `plugins`. */
export function createRegistry(builtIn: BuiltIn): LoadCheckers {
  return async (plugins, from, named) => {
    const own = typeof builtIn === 'function' ? await builtIn(plugins.length === 0 ? named : undefined) : builtIn;
    const checkers = new Map(own.map((checker) => [checker.name, checker]));
    const errors: string[] = [];
    for (const [index, plugin] of plugins.entries()) {
      const at = `plugins[${index}]: ${plugin}`;
      const loaded = await importPlugin(plugin, from).catch(
        (error: unknown) => `cannot be loaded: ${messageOf(error)}`,
      );
      const problem = typeof loaded === 'string' ? loaded : defectOf(loaded, checkers);
      if (problem === undefined) checkers.set((loaded as Checker).name, loaded as Checker);
      else errors.push(`${at}: ${problem}`);
    }
    return { checkers, errors };
  };
}

async function importPlugin(name: string, from: string): Promise<unknown> {
  const path = createRequire(join(from, 'plugins.js')).resolve(name);
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  return module.default;
}

/** What is wrong with a plugin's default export, or nothing. */
function defectOf(value: unknown, taken: ReadonlyMap<string, Checker>): string | undefined {
  if (typeof value !== 'object' || value === null) return 'expected its default export to be defineChecker({...})';
  const checker = value as Partial<Record<keyof Checker, unknown>>;
  if (checker.apiVersion !== CHECKER_API_VERSION) {
    return `expected apiVersion ${CHECKER_API_VERSION}; got ${String(checker.apiVersion)}`;
  }
  if (typeof checker.name !== 'string' || !/^[a-z][a-z0-9_-]*$/.test(checker.name)) {
    return 'expected a name of lower case letters, digits, "_" and "-"';
  }
  if (taken.has(checker.name)) return `there is a checker ${checker.name} already`;
  for (const method of ['observe', 'compare'] as const) {
    if (typeof checker[method] !== 'function') return `expected a method ${method}`;
  }
  if (!isSchema(checker.options)) return 'expected options to be a zod schema';
  return defectOfDiscoverers(checker.discoverers ?? [], taken);
}

function defectOfDiscoverers(discoverers: unknown, taken: ReadonlyMap<string, Checker>): string | undefined {
  if (!Array.isArray(discoverers)) return 'expected discoverers to be a list of defineDiscoverer({...})';
  const names = new Set([...DISCOVERY_KEYS, ...discoverersOf(taken).map(({ name }) => name)]);
  for (const discoverer of discoverers as readonly Partial<Record<keyof Discoverer, unknown>>[]) {
    const { name, options, example, discover } = discoverer;
    if (typeof name !== 'string' || !/^[a-z][a-z0-9_]*$/.test(name))
      return 'expected the name of a discoverer to be lower case letters, digits and "_"';
    if (names.has(name)) return `discoverers: ${name} is a key of discover already`;
    names.add(name);
    if (!isSchema(options) || typeof example !== 'object' || typeof discover !== 'function')
      return `discoverer ${name}: expected options to be a zod schema, an example and a method discover`;
  }
  return undefined;
}

function isSchema(value: unknown): boolean {
  return typeof (value as { readonly safeParse?: unknown } | undefined)?.safeParse === 'function';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
