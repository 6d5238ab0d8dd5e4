import type { Comparison } from '../../../src/checker.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import type { StatusOptions } from '../options.ts';
import type { FluxKind } from './flux-kinds.ts';
import type { FluxFacts } from './observation.ts';

/** One object of Flux's, and what is known beside it. */
export interface Subject {
  readonly object: KubeObject;
  readonly kind: FluxKind;
  readonly address: string;
  readonly facts: FluxFacts;
  readonly options: StatusOptions;
}

/** What one look at an object came to. */
export type Verdict = Partial<Omit<Comparison, 'resources'>>;

/** Milliseconds since a time, when the reading began; undefined for no time. */
export function ageOf(at: unknown, { now }: FluxFacts): number | undefined {
  const age = typeof at === 'string' ? Date.parse(now) - Date.parse(at) : NaN;
  return Number.isNaN(age) ? undefined : age;
}

/** Whether something is too new to be told. */
export function isNew(at: unknown, { facts, options }: Pick<Subject, 'facts' | 'options'>): boolean {
  const age = ageOf(at, facts);
  return age !== undefined && age < options.grace;
}
