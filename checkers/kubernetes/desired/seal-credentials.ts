import { isCredentialName } from '../normalise/sensitive.ts';
import type { DesiredObject } from '../observation.ts';
import type { Declared } from './parse-manifests.ts';
import { sealedPointers } from './sealed-pointers.ts';

/** Shorter ones are looked for as a whole value only: they stand in too many words. */
const SHORTEST_INSIDE = 8;
/** What hides nothing: switches, numbers, and nothing at all. */
const HARMLESS = /^(?:|true|false|null|none|default|\d{1,5})$/i;

/** Charts call so what only names a Secret, and keys of labels, taints and data. */
const NAMING = /^key$|(?:existing|pull|tls)[-_]?secrets?$/i;

/** The texts in the values of a chart that stand under names of credentials: `auth.password`, not `auth.secretName`. */
export function credentialsIn(values: unknown, name = ''): string[] {
  if (typeof values === 'string') {
    const isCredential = isCredentialName(name) && !NAMING.test(name) && !HARMLESS.test(values);
    return isCredential ? [values] : [];
  }
  if (typeof values !== 'object' || values === null) return [];
  const entries = Object.entries(values);
  return entries.flatMap(([key, item]) => credentialsIn(item, Array.isArray(values) ? name : key));
}

/**
 * The objects with every field sealed that a chart made of a credential among its values, whatever the field is called:
 * then neither side of it is shown, not what it was before a change either.
 */
export function sealCredentials(declared: Declared, values: unknown): Declared {
  const credentials = credentialsIn(values);
  if (credentials.length === 0) return declared;
  const whole = new Set(credentials);
  const inside = credentials.flatMap((text) => {
    const encoded = Buffer.from(text).toString('base64').replace(/=+$/, '');
    return text.length < SHORTEST_INSIDE ? [] : [text, encoded];
  });
  const holdsSecret = (text: string): boolean => whole.has(text) || inside.some((part) => text.includes(part));
  const objects = declared.objects.map((one): DesiredObject => {
    const sealed = sealedPointers(one.object, holdsSecret);
    return sealed.length === 0 ? one : { ...one, sealed: [...(one.sealed ?? []), ...sealed] };
  });
  return { ...declared, objects };
}
