import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { Checker } from '../checker.ts';
import type { CheckConfig, Config, SourceConfig } from './config.ts';
import { expandEnvironment } from './expand-environment.ts';
import type { CheckFile, DirectorySourceFile, GitSourceFile, GlobalFile } from './file.ts';
import { readWebConfig } from '../web-config/read-web-config.ts';
import { pathText, shown } from './issues.ts';
import { readYaml, YamlError } from './read-yaml.ts';
import {
  checkSchema,
  directorySourceSchema,
  discoverSchema,
  fileSchema,
  gitSourceSchema,
  globalSchema,
  ignoreSchema,
  redactSchema,
  storeSchema,
  webSchema,
} from './schema.ts';
import { neededBy } from './needed-by.ts';
import type { Role } from './role.ts';
import { toDiscovery, type MakeCheck } from './to-discovery.ts';
import { toConfig, toSchedule, toSource, type Sections } from './to-config.ts';
import { validateVariables, type IsVariable } from './validate-variables.ts';

/**
 * The checkers that a configuration may name: the built-in ones and those of its plugins. Of the built-in ones, those
 * that are `named` will do, when all of these are there.
 */
export type LoadCheckers = (
  plugins: readonly string[],
  from: string,
  named?: ReadonlySet<string>,
) => Promise<{ readonly checkers: ReadonlyMap<string, Checker>; readonly errors: readonly string[] }>;

/** A file that cannot be used. Every error of it at once, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly errors: readonly string[];

  constructor(file: string, errors: readonly string[]) {
    super(
      [
        `${file}: ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`,
        ...errors.map((error) => `  ${error}`),
      ].join('\n'),
    );
    this.errors = errors;
  }
}

export interface LoadOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly loadCheckers: LoadCheckers;
  /** What the process does with it: secrets of runs that it does not do need not be in its environment. */
  readonly role?: Role;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly checkers: ReadonlyMap<string, Checker>;
  /** Makes a check of an entry as `checks` has them, with the defaults of this configuration. */
  readonly makeCheck: MakeCheck;
}

/** Reads and validates a configuration file. Rejects with a ConfigError that holds all its errors. */
export async function loadConfig(file: string, options: LoadOptions): Promise<LoadedConfig> {
  return parseConfig(await readText(file), { ...options, file });
}

/** Validates a configuration; relative paths in it start at the directory of `file`. */
export async function parseConfig(
  text: string,
  options: LoadOptions & { readonly file: string },
): Promise<LoadedConfig> {
  const { file } = options;
  const errors: string[] = [];
  const written = readDocument(text, file);
  const expanded = expandEnvironment(written, options.environment, neededBy(options.role, written));
  errors.push(...expanded.errors);
  const isVariable: IsVariable = (path) => expanded.variables.has(pathText(path));
  const read = sections(expanded.document, { errors, isVariable });
  const from = dirname(resolve(file));
  const { checkers, errors: pluginErrors } = await options.loadCheckers(read.plugins, from, namedBy(read));
  errors.push(...pluginErrors);
  const sources = read.sources.map((source) => toSource(source, from));
  const given = { checkers, global: read.global, sources, isVariable };
  const checks = read.checks.flatMap(({ value, index }) => toCheck({ ...given, value, at: ['checks', index], errors }));
  const makeCheck: MakeCheck = (definition, at) => {
    // What is found - a label, a part of a path - is a text, too; what is written in a template was validated in its place.
    const variable = at.length === 0 ? () => true : isVariable;
    const valid = validateVariables(checkSchema, definition, { at, isVariable: variable });
    if (!valid.ok) return valid;
    const found: string[] = [];
    const [value] = toCheck({ ...given, isVariable: variable, value: valid.value, at, errors: found });
    return value === undefined || found.length > 0 ? { ok: false, errors: found } : { ok: true, value };
  };
  const discover = read.discover.flatMap(({ value, index }) =>
    toDiscovery({ value, at: ['discover', index], checkers, sources, isVariable, makeCheck, errors }),
  );
  errors.push(
    ...duplicates('sources', read.sources),
    ...duplicates(
      'checks',
      read.checks.map(({ value }) => value),
    ),
    ...duplicates(
      'discover',
      read.discover.map(({ value }) => value),
    ),
    ...duplicates('ignore', read.ignore),
    ...(await webConfigErrors(read.web.config_file, from)),
  );
  if (errors.length > 0) throw new ConfigError(file, errors);
  return { config: toConfig({ read, sources, checks, discover, from }), checkers, makeCheck };
}

/** Validates section by section, so that an error in one does not hide those of another. */
function sections(
  document: unknown,
  { errors, isVariable }: { readonly errors: string[]; readonly isVariable: IsVariable },
): Sections {
  const top = isMap(document) ? document : {};
  if (document !== null && !isMap(document))
    errors.push(`the file: expected a map of sections; got ${shown(document)}`);
  const known = Object.keys(fileSchema.shape);
  for (const key of Object.keys(top)) {
    if (!known.includes(key)) errors.push(`${pathText([key])}: unknown key; expected one of ${known.join(', ')}`);
  }
  const one = <T>(schema: z.ZodType<T>, input: unknown, path: readonly PropertyKey[]): T | undefined => {
    const result = validateVariables(schema, input, { at: path, isVariable });
    if (result.ok) return result.value;
    errors.push(...result.errors);
    return undefined;
  };
  const list = <T>(key: string, schemaOf: (item: unknown) => z.ZodType<T>): { value: T; index: number }[] => {
    const items = top[key] ?? [];
    if (!Array.isArray(items)) {
      errors.push(`${key}: expected a list; got ${shown(items)}`);
      return [];
    }
    return (items as unknown[]).flatMap((item, index) => {
      const value = one(schemaOf(item), item, [key, index]);
      return value === undefined ? [] : [{ value, index }];
    });
  };
  return {
    global: one(globalSchema, top['global'] ?? {}, ['global']) ?? globalSchema.parse({}),
    store: one(storeSchema, top['store'] ?? {}, ['store']) ?? storeSchema.parse({}),
    web: one(webSchema, top['web'] ?? {}, ['web']) ?? webSchema.parse({}),
    redact: one(redactSchema, top['redact'] ?? {}, ['redact']) ?? redactSchema.parse({}),
    plugins: one(fileSchema.shape['plugins'] as z.ZodType<string[]>, top['plugins'] ?? [], ['plugins']) ?? [],
    sources: list<DirectorySourceFile | GitSourceFile>('sources', (item) =>
      isMap(item) && 'git' in item ? gitSourceSchema : directorySourceSchema,
    ).map(({ value }) => value),
    checks: list('checks', () => checkSchema),
    discover: list('discover', () => discoverSchema),
    ignore: list('ignore', () => ignoreSchema).map(({ value }) => value),
  };
}

function toCheck(given: {
  readonly value: CheckFile;
  readonly at: readonly PropertyKey[];
  readonly checkers: ReadonlyMap<string, Checker>;
  readonly global: GlobalFile;
  readonly sources: readonly SourceConfig[];
  readonly isVariable: IsVariable;
  readonly errors: string[];
}): CheckConfig[] {
  const { value, at, checkers, global, sources, isVariable, errors } = given;
  if (value.schedule !== undefined && value.interval !== undefined) {
    errors.push(`${pathText(at)}: expected either schedule or interval; got both`);
  }
  if (value.source !== undefined && !sources.some(({ name }) => name === value.source)) {
    errors.push(
      `${pathText([...at, 'source'])}: no such source; expected one of ${namesOf(sources.map(({ name }) => name))}; got ${shown(value.source)}`,
    );
  }
  const checker = checkers.get(value.checker);
  if (checker === undefined) {
    errors.push(
      `${pathText([...at, 'checker'])}: no such checker; expected one of ${namesOf([...checkers.keys()])}; got ${shown(value.checker)}`,
    );
    return [];
  }
  const options = validateVariables(checker.options, value.options, { at: [...at, 'options'], isVariable });
  if (!options.ok) {
    errors.push(...options.errors);
    return [];
  }
  const ignores = value.fingerprint_ignores ?? global.fingerprint_ignores;
  return [
    {
      name: value.name,
      checker: value.checker,
      ...(value.source !== undefined && { source: value.source }),
      schedule: toSchedule(value, global),
      timeoutMs: value.timeout ?? global.timeout,
      labels: { ...global.labels, ...value.labels },
      confirmations: value.confirmations ?? global.confirmations,
      ...(ignores.length > 0 && { fingerprintIgnores: ignores }),
      pool: value.pool,
      weight: value.weight,
      options: options.value,
    },
  ];
}

/** The checkers that checks name; undefined where checks are discovered, which may name any. */
function namedBy({ checks, discover }: Sections): ReadonlySet<string> | undefined {
  return discover.length > 0 ? undefined : new Set(checks.map(({ value }) => value.checker));
}

/** The web configuration file is read again when it changes; a broken one is to be known before. */
async function webConfigErrors(file: string | undefined, from: string): Promise<string[]> {
  if (file === undefined) return [];
  const result = await readWebConfig(resolve(from, file));
  return result.ok ? [] : result.errors.map((error) => `web.config_file: ${file}: ${error}`);
}

function duplicates(section: string, items: readonly { readonly name: string }[]): string[] {
  const counts = Map.groupBy(items, ({ name }) => name);
  return [...counts]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => `${section}: expected unique names; got ${shown(name)} ${same.length} times`);
}

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? '(there are none)' : names.toSorted().join(', ');
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readDocument(text: string, file: string): unknown {
  try {
    return readYaml(text);
  } catch (error) {
    if (error instanceof YamlError) throw new ConfigError(file, [error.message]);
    throw error;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const what: Readonly<Record<string, string>> = {
      ENOENT: 'no such file',
      EISDIR: 'expected a file; got a directory',
      EACCES: 'not readable: permission denied',
    };
    throw new ConfigError(file, [what[code ?? ''] ?? `not readable: ${String(error)}`]);
  }
}
