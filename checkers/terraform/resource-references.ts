import type { Json } from '../../src/checker.ts';
import { at, configurationAddress, configurationResources } from './configuration-resources.ts';

/** An attribute of a managed resource that an expression refers to; without one, the resource as a whole. */
export interface Reference {
  /** Without instance keys. */
  readonly resource: string;
  readonly attribute?: string;
}

/** What each attribute refers to, by resource address without instance keys. `undefined`: it is not configured. */
export type References = ReadonlyMap<string, ReadonlyMap<string, readonly Reference[]>>;

/** First words of references to something else than a managed resource. */
const OTHERS = new Set(['var', 'local', 'module', 'data', 'each', 'count', 'path', 'terraform', 'self', 'ephemeral']);

/** Of resources with an expression that refers to another managed resource of their module. */
export function resourceReferences(configuration: Json | undefined): References {
  const found = new Map<string, Map<string, readonly Reference[]>>();
  for (const { address, prefix, expressions } of configurationResources(configuration)) {
    const attributes = new Map(expressions.map(([name, expression]) => [name, referencesOf(expression, prefix)]));
    if ([...attributes.values()].some((references) => references.length > 0)) found.set(address, attributes);
  }
  return found;
}

/** Terraform lists `a.b.id` and `a.b` for one reference: the longer says it all. */
function referencesOf(expression: Json, prefix: string): Reference[] {
  const all = textsOf(expression).flatMap((text): Reference[] => {
    const [type = '', name, attribute] = configurationAddress(text).split('.');
    if (name === undefined || OTHERS.has(type)) return [];
    return [{ resource: `${prefix}${type}.${name}`, ...(attribute !== undefined && { attribute }) }];
  });
  const precise = new Set(all.filter(({ attribute }) => attribute !== undefined).map(({ resource }) => resource));
  return all.filter(({ resource, attribute }) => attribute !== undefined || !precise.has(resource));
}

/** Also of the expressions in nested blocks. */
function textsOf(expression: Json): string[] {
  if (typeof expression !== 'object' || expression === null) return [];
  if (Array.isArray(expression)) return (expression as readonly Json[]).flatMap(textsOf);
  const references = at(expression, 'references');
  if (Array.isArray(references)) return references.filter((one) => typeof one === 'string');
  return Object.values(expression as Readonly<Record<string, Json>>).flatMap(textsOf);
}
