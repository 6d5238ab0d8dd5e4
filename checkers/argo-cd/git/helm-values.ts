import { CheckError } from '../../../src/checker.ts';
import { parseYaml, YamlSyntaxError } from '../../kubernetes/desired/yaml.ts';
import type { HelmSource } from '../application.ts';

type Values = Record<string, unknown>;

/** The values that an Application gives a chart itself: an object or text, and parameters over it. Throws CheckError. */
export function helmValues({ values, valuesObject, parameters }: HelmSource): Values {
  const own = valuesObject ?? (values === undefined ? {} : parsed(values));
  const merged = structuredClone(own) as Values;
  for (const { name = '', value = '', forceString = false } of parameters ?? []) {
    set(merged, pathOf(name), forceString ? value : scalar(value));
  }
  return merged;
}

function parsed(text: string): Values {
  try {
    const value = parseYaml(text) ?? {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Values;
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
  }
  throw new CheckError('invalid', 'helm.values: expected a mapping in YAML', { phase: 'source' });
}

/** `a.b[0].c`, dots escaped by a backslash, as `helm --set` takes them. */
function pathOf(name: string): (string | number)[] {
  return Array.from(name.matchAll(/((?:\\.|[^.[\\])+)|\[(\d+)\]/g), ([, key, index]) =>
    index === undefined ? (key ?? '').replaceAll(/\\(.)/g, '$1') : Number(index),
  );
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^(?:0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

/** Only into what the values themselves hold: names such as `__proto__` are names like any other. */
function set(values: Values, path: readonly (string | number)[], value: unknown): void {
  let at: Values = values;
  for (const [index, key] of path.entries()) {
    const next = path[index + 1];
    const inner = Object.hasOwn(at, key) ? at[key] : undefined;
    const isOpen = typeof inner === 'object' && inner !== null;
    const kept = next === undefined ? value : isOpen ? inner : typeof next === 'number' ? [] : {};
    Object.defineProperty(at, key, { value: kept, writable: true, enumerable: true, configurable: true });
    at = kept as Values;
  }
}
