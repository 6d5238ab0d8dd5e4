import type { Json } from '../../src/checker.ts';
import { at, configurationResources } from './configuration-resources.ts';

/**
 * Attributes of the configuration written as an expression that refers to nothing but root variables and yet is no
 * constant, by resource address without instance keys. Planned as unknown, such an attribute calls a function like
 * timestamp() or uuid(): it differs in every run.
 */
export function referenceFreeAttributes(configuration: Json | undefined): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { address, prefix, expressions } of configurationResources(configuration)) {
    const names = expressions
      .filter(([, expression]) => isReferenceFree(expression, prefix === ''))
      .map(([name]) => name);
    if (names.length > 0) found.set(address, new Set(names));
  }
  return found;
}

function isReferenceFree(expression: Json, inRoot: boolean): boolean {
  if (Array.isArray(expression)) return false; // nested blocks
  if (at(expression, 'constant_value') !== undefined) return false;
  const references = at(expression, 'references');
  if (references === undefined) return true;
  if (!Array.isArray(references)) return false;
  return inRoot && references.every((reference) => typeof reference === 'string' && reference.startsWith('var.'));
}
