import { sameItem, type FieldPath, type Step } from '../normalise/field-path.ts';
import type { KubeObject } from '../observation.ts';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/** What `kubectl apply` was last given for an object. */
export interface LastApplied {
  /** The value at a field; `undefined` when it was not given. */
  at(path: FieldPath): unknown;
}

/** `undefined` when there is none, it is cut off, or it is about another object. */
export function lastApplied(live: KubeObject, kind: string): LastApplied | undefined {
  const text = live.metadata.annotations?.[ANNOTATION];
  if (typeof text !== 'string') return undefined;
  const applied = parsed(text);
  if (applied?.kind !== kind || applied.metadata?.name !== live.metadata.name) return undefined;
  return { at: (path) => path.reduce<unknown>(stepInto, applied) };
}

function parsed(text: string): KubeObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as KubeObject) : undefined;
  } catch {
    return undefined; // Cut off, or written by hand: it tells nothing.
  }
}

function stepInto(value: unknown, step: Step): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof step === 'string')
    return Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  if (step.list.listType === 'atomic') return items[step.live >= 0 ? step.live : step.desired];
  if (step.list.listType === 'set') return items.find((item) => item === step.item);
  return items.find((item) => sameItem(step.list, item, step.item));
}
