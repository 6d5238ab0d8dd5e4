import type { Action, Actor, Cause, ResourceDrift, Status } from '../drift.ts';
import { plural } from './render-duration.ts';
import { safeLine } from './render-safe-text.ts';

export const ACTION_SYMBOLS: Readonly<Record<Action, string>> = { create: '+', update: '~', delete: '-', replace: '±' };

/** What is wrong with the resource, and what applying would do. */
export const ACTION_WORDS: Readonly<Record<Action, string>> = {
  create: 'missing',
  update: 'differs',
  delete: 'not declared',
  replace: 'must be replaced',
};

export const CAUSE_WORDS: Readonly<Record<Cause, string>> = {
  out_of_band: 'changed outside',
  unapplied: 'not applied yet',
  unknown: 'cause unknown',
};

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  in_sync: 'in sync',
  drifted: 'drifted',
  error: 'cannot tell',
  unknown: 'not known yet',
};

export const STATUS_SYMBOLS: Readonly<Record<Status, string>> = {
  in_sync: '✓',
  drifted: '▲',
  error: '✕',
  unknown: '?',
};

/** `alice (human)`. */
export function actorWords(actor: Actor): string {
  return actor.class === 'unknown' ? safeLine(actor.name) : `${safeLine(actor.name)} (${actor.class})`;
}

/** `1 create, 2 update`, in the order of how bad they are; empty without drift. */
export function actionCounts(drift: readonly Pick<ResourceDrift, 'action'>[]): string {
  return (['delete', 'replace', 'update', 'create'] as const)
    .map((action) => [drift.filter((resource) => resource.action === action).length, action] as const)
    .filter(([count]) => count > 0)
    .map(([count, action]) => `${count} ${action}`)
    .join(', ');
}

/** What leads from the cause to the actor: who changed the live side last need not be who caused the drift. */
export function actorJoin(cause: Cause): string {
  return cause === 'out_of_band' ? ' by ' : ', live last changed by ';
}

/** `3 of 120 resources differ`. */
export function differWords(drifted: number, resources: number): string {
  if (resources < drifted) return plural(drifted, 'resource differs', 'resources differ');
  return `${drifted} of ${plural(resources, 'resource')} ${drifted === 1 ? 'differs' : 'differ'}`;
}
