import picomatch from 'picomatch';
import type { Json } from '../../src/checker.ts';
import type { DesiredObject, KubeObject } from '../kubernetes/observation.ts';
import type { MapOptions, Rewrite } from './options.ts';
import { matchesPath, parsePathPattern, type Keys } from './path-pattern.ts';

/** Gives an object of one side the names and values that the other side would have. */
export type RewriteObject = (declared: DesiredObject) => DesiredObject;

/** The mapping of one side: namespaces and names first, then values by their path. */
export function rewriteSide(side: 'left' | 'right', { namespaces, names, values }: MapOptions): RewriteObject {
  const renames = names
    .filter((rule) => concerns(rule, side))
    .map((rule) => ({ ...compile(rule), isKind: globOf(rule.kind) }));
  const edits = values
    .filter((rule) => concerns(rule, side))
    .map((rule) => ({ ...compile(rule), pattern: parsePathPattern(rule.path) }));
  const namespaceOf = (name: string): string =>
    side === 'left' && Object.hasOwn(namespaces, name) ? (namespaces[name] ?? name) : name;

  return ({ object, ...declared }) => {
    const { kind, metadata } = object;
    const isNamespace = kind === 'Namespace' && object.apiVersion === 'v1';
    const applied = renames.filter(({ isKind }) => isKind(kind));
    const renamed = applied.reduce((name, { match, replace }) => name.replace(match, replace), metadata.name);
    const moved: KubeObject = {
      ...object,
      metadata: {
        ...metadata,
        name: isNamespace ? namespaceOf(renamed) : renamed,
        ...(metadata.namespace !== undefined && { namespace: namespaceOf(metadata.namespace) }),
      },
    };
    if (edits.length === 0) return { ...declared, object: moved };
    const edit = (text: string, keys: Keys): string =>
      edits
        .filter(({ pattern }) => matchesPath(pattern, keys))
        .reduce((value, { match, replace }) => value.replace(match, replace), text);
    return { ...declared, object: editTexts(moved as unknown as Json, [], edit) as unknown as KubeObject };
  };
}

function concerns({ side }: Rewrite, wanted: 'left' | 'right'): boolean {
  return side === wanted || side === 'both';
}

function compile({ match, replace }: Rewrite): { readonly match: RegExp; readonly replace: string } {
  return { match: new RegExp(match, 'u'), replace };
}

function globOf(pattern: string | undefined): (text: string) => boolean {
  return pattern === undefined ? () => true : picomatch(pattern);
}

function editTexts(value: Json, keys: Keys, edit: (text: string, keys: Keys) => string): Json {
  if (typeof value === 'string') return edit(value, keys);
  if (Array.isArray(value)) {
    return value.map((item: Json, index) => editTexts(item, [...keys, keyOfItem(item, index)], edit));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, editTexts(item, [...keys, key], edit)]));
}

/** The name of a list's item, or its position. */
export function keyOfItem(item: unknown, index: number): string {
  const { name } = (item ?? {}) as { readonly name?: unknown };
  return typeof name === 'string' && name !== '' ? name : String(index);
}
