import type { Json } from '../../src/checker.ts';

export interface ConfigurationResource {
  /** Without instance keys. */
  readonly address: string;
  /** What its module's addresses begin with: `module.net.`, or nothing. */
  readonly prefix: string;
  /** By attribute. */
  readonly expressions: readonly (readonly [string, Json])[];
}

/** Every resource of a configuration as plan JSON has it, of all modules. */
export function* configurationResources(configuration: Json | undefined): Generator<ConfigurationResource> {
  yield* resourcesOf(at(configuration, 'root_module'), '');
}

/** The address of a resource in the configuration: without instance keys. */
export function configurationAddress(address: string): string {
  return address.replaceAll(/\["(?:[^"\\]|\\.)*"\]|\[\d+\]/g, '');
}

export function at(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Readonly<Record<string, Json>>)[key];
}

function* resourcesOf(module: Json | undefined, prefix: string): Generator<ConfigurationResource> {
  const resources = at(module, 'resources');
  for (const resource of Array.isArray(resources) ? (resources as readonly Json[]) : []) {
    const address = at(resource, 'address');
    if (typeof address === 'string')
      yield { address: prefix + address, prefix, expressions: entriesOf(at(resource, 'expressions')) };
  }
  for (const [name, call] of entriesOf(at(module, 'module_calls')))
    yield* resourcesOf(at(call, 'module'), `${prefix}module.${name}.`);
}

function entriesOf(value: Json | undefined): [string, Json][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
