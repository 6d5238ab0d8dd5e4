import picomatch from 'picomatch';
import type { KubeObject } from '../kubernetes/observation.ts';
import type { AllowedDifference } from './options.ts';
import { matchesPath, parsePathPattern, type Keys } from './path-pattern.ts';

export interface AllowedRules {
  /** Why a field of the object may differ; undefined: it may not. No field: why it may be on one side only. */
  reasonFor(object: KubeObject, keys?: Keys): string | undefined;
}

interface Rule {
  readonly reason: string;
  readonly covers: (object: KubeObject, keys: Keys | undefined) => boolean;
}

const compiled = new WeakMap<readonly AllowedDifference[], AllowedRules>();

/** Compiled once per list. */
export function allowedRules(allowed: readonly AllowedDifference[]): AllowedRules {
  const known = compiled.get(allowed);
  if (known !== undefined) return known;
  const rules = allowed.map(compile);
  const made: AllowedRules = {
    reasonFor: (object, keys) => rules.find((rule) => rule.covers(object, keys))?.reason,
  };
  compiled.set(allowed, made);
  return made;
}

function compile({ kind, name, namespace, path, reason }: AllowedDifference): Rule {
  const [isKind, isName, isNamespace] = [kind, name, namespace].map(globOf);
  const pattern = path === undefined ? undefined : parsePathPattern(path);
  const isWithin = (keys: Keys | undefined): boolean =>
    pattern === undefined || (keys !== undefined && matchesPath(pattern, keys, { within: true }));
  return {
    reason,
    covers: ({ kind: ofKind, metadata }, keys) =>
      isKind?.(ofKind) === true &&
      isName?.(metadata.name) === true &&
      isNamespace?.(metadata.namespace ?? '') === true &&
      isWithin(keys),
  };
}

function globOf(pattern: string | undefined): (text: string) => boolean {
  return pattern === undefined ? () => true : picomatch(pattern);
}
