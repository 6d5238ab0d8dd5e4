import { hash } from 'node:crypto';
import type { Change, FieldValue, ResourceDrift } from '../drift.ts';

/** What of a drift a fingerprint leaves out. */
export type FingerprintIgnores = readonly ('address' | 'scope' | 'values' | 'cause')[];

/**
 * Sixteen hexadecimal digits that are the same for the same drift, in every check, run and version: of its type, action,
 * cause, scope, address and fields, with their values as they are shown. Who did it and when is not in it. Sensitive values
 * are all the same; what is left out of `scope` is left out where the address begins with it too.
 */
export function fingerprintOf(drift: ResourceDrift, ignores: FingerprintIgnores = []): string {
  const { type, action, cause, scope = '', changes } = drift;
  const parts = [
    type,
    action,
    ignores.includes('cause') ? '' : cause,
    ignores.includes('scope') || ignores.includes('address') ? '' : scope,
    addressPart(drift, ignores),
    changes.map((change) => changePart(change, !ignores.includes('values'))).toSorted(),
  ];
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 16);
}

/** Hosts, modules and namespaces stand at the front of an address or between two slashes. */
function addressPart({ address, scope }: ResourceDrift, ignores: FingerprintIgnores): string {
  if (ignores.includes('address')) return '';
  if (!ignores.includes('scope') || scope === undefined || scope === '') return address;
  if (address.startsWith(`${scope}/`) || address.startsWith(`${scope}.`)) return address.slice(scope.length + 1);
  return address.replace(`/${scope}/`, '/');
}

/** Two writers of one object may give its keys in another order. */
function changePart({ op, path, live, desired, forcesReplacement }: Change, withValues: boolean): string {
  const values = withValues ? [valuePart(live), valuePart(desired)] : [];
  return JSON.stringify([path, op, forcesReplacement === true, ...values]);
}

function valuePart(value: FieldValue | undefined): string {
  if (value === undefined) return '';
  return value.kind === 'known' ? `=${JSON.stringify(value.value, sortKeys)}` : value.kind;
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
