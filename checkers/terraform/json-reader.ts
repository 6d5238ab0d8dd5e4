import { CheckError, type Json } from '../../src/checker.ts';

export type JsonObject = Readonly<Record<string, Json>>;

/** Reads of a tool's JSON. Each throws CheckError `bad_output` with the path, what was expected and what came. */
export function readObject(value: Json | undefined, path: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw unexpected(value, path, 'an object');
}

export function readList(value: Json | undefined, path: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw unexpected(value, path, 'a list');
}

/** A list that may be absent. */
export function readOptionalList(value: Json | undefined, path: string): readonly Json[] {
  return value === undefined || value === null ? [] : readList(value, path);
}

/** An object that may be absent. */
export function readOptionalObject(value: Json | undefined, path: string): JsonObject {
  return value === undefined || value === null ? {} : readObject(value, path);
}

export function readString(value: Json | undefined, path: string): string {
  if (typeof value === 'string') return value;
  throw unexpected(value, path, 'text');
}

/** Whole numbers and text: the steps of a path. */
export function readSteps(value: Json, path: string): (string | number)[] {
  return readList(value, path).map((step, at) => {
    if (typeof step === 'string' || typeof step === 'number') return step;
    throw unexpected(step, `${path}[${at}]`, 'text or a number');
  });
}

function unexpected(value: Json | undefined, path: string, expected: string): CheckError {
  return new CheckError('bad_output', `plan JSON: ${path}: expected ${expected}, got ${describe(value)}`);
}

function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
