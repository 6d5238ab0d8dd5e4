import type { Json } from '../../src/checker.ts';

/**
 * Attributes of the configuration written as an expression that refers to nothing but root variables and yet is no
 * constant, by resource address without instance keys. Planned as unknown, such an attribute calls a function like
 * timestamp() or uuid(): it differs in every run.
 */
export function referenceFreeAttributes(configuration: Json | undefined): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  visitModule(at(configuration, 'root_module'), '', found);
  return found;
}

/** The address of a resource in the configuration: without instance keys. */
export function configurationAddress(address: string): string {
  return address.replaceAll(/\["(?:[^"\\]|\\.)*"\]|\[\d+\]/g, '');
}

function visitModule(module: Json | undefined, prefix: string, found: Map<string, Set<string>>): void {
  const resources = at(module, 'resources');
  for (const resource of Array.isArray(resources) ? (resources as readonly Json[]) : []) {
    const address = at(resource, 'address');
    const names = entriesOf(at(resource, 'expressions'))
      .filter(([, expression]) => isReferenceFree(expression, prefix === ''))
      .map(([name]) => name);
    if (typeof address === 'string' && names.length > 0) found.set(prefix + address, new Set(names));
  }
  for (const [name, call] of entriesOf(at(module, 'module_calls')))
    visitModule(at(call, 'module'), `${prefix}module.${name}.`, found);
}

function isReferenceFree(expression: Json, inRoot: boolean): boolean {
  if (Array.isArray(expression)) return false; // nested blocks
  if (at(expression, 'constant_value') !== undefined) return false;
  const references = at(expression, 'references');
  if (references === undefined) return true;
  if (!Array.isArray(references)) return false;
  return inRoot && references.every((reference) => typeof reference === 'string' && reference.startsWith('var.'));
}

function at(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Readonly<Record<string, Json>>)[key];
}

function entriesOf(value: Json | undefined): [string, Json][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
