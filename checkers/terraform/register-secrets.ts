import type { Json } from '../../src/checker.ts';
import { readOptionalList, readOptionalObject, type JsonObject } from './json-reader.ts';

/** Shorter ones would mask half of everything. */
const MIN_TEXT = 4;
const MIN_NUMBER = 6;

/**
 * Hands over every value that the plan marks as sensitive: a copy of it in a computed attribute or in an error message
 * stands unmarked.
 */
export function registerSecrets(root: JsonObject, secret: (value: string) => void): void {
  const found = new Set<string>();
  for (const key of ['resource_changes', 'resource_drift'])
    for (const entry of readOptionalList(root[key], key)) fromChange(childOf(entry, 'change'), found);
  for (const change of Object.values(readOptionalObject(root['output_changes'], 'output_changes')))
    fromChange(change, found);
  fromVariables(root, found);
  fromModule(childOf(childOf(childOf(root, 'prior_state'), 'values'), 'root_module'), found);
  for (const value of found) secret(value);
}

function fromChange(change: Json | undefined, found: Set<string>): void {
  marked(childOf(change, 'before'), childOf(change, 'before_sensitive'), found);
  marked(childOf(change, 'after'), childOf(change, 'after_sensitive'), found);
}

function fromVariables(root: JsonObject, found: Set<string>): void {
  const declared = childOf(childOf(root['configuration'], 'root_module'), 'variables');
  for (const [name, variable] of Object.entries(readOptionalObject(root['variables'], 'variables')))
    if (childOf(childOf(declared, name), 'sensitive') === true) collect(childOf(variable, 'value'), found);
}

function fromModule(module: Json | undefined, found: Set<string>): void {
  for (const resource of listOf(childOf(module, 'resources')))
    marked(childOf(resource, 'values'), childOf(resource, 'sensitive_values'), found);
  for (const child of listOf(childOf(module, 'child_modules'))) fromModule(child, found);
}

function marked(value: Json | undefined, mask: Json | undefined, found: Set<string>): void {
  if (value === undefined || mask === undefined || mask === null || mask === false) return;
  if (mask === true) {
    collect(value, found);
    return;
  }
  if (typeof mask !== 'object') return;
  for (const [key, inner] of Object.entries(mask)) marked(childOf(value, key), inner, found);
}

function collect(value: Json | undefined, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.length >= MIN_TEXT && !/^(true|false|null)$/.test(value)) found.add(value);
  } else if (typeof value === 'number') {
    if (String(value).length >= MIN_NUMBER) found.add(String(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) collect(inner, found);
  }
}

function childOf(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as JsonObject)[key];
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
