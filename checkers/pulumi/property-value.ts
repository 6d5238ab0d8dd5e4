import type { FieldValue, Json } from '../../src/checker.ts';

/** Marks an object that stands for a value of a special kind. */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
/** Stands for a value that is known only after an update. */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const BLINDED = '[secret]';
const MASK = '(sensitive)';

/** A property as it may be shown: a secret has no place to be, what is inside of a value is masked there. */
export function fieldValue(value: Json): FieldValue {
  if (isSecret(value)) return { kind: 'sensitive' };
  if (value === UNKNOWN) return { kind: 'unknown' };
  return { kind: 'known', value: maskInside(value) };
}

function isSecret(value: Json): boolean {
  if (value === BLINDED) return true;
  return isMap(value) && value[SIGNATURE] === SECRET;
}

function maskInside(value: Json): Json {
  if (isSecret(value)) return MASK;
  if (value === UNKNOWN) return '(unknown)';
  if (Array.isArray(value)) return value.map(maskInside);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== SIGNATURE && key !== '__defaults')
      .map(([key, item]) => [key, maskInside(item)]),
  );
}

function isMap(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keys of a property path: `tags.Name`, `rules[0].port`, `data["a.b"]`. */
export function propertyPath(text: string): readonly string[] {
  const keys: string[] = [];
  for (const match of text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|\.?([^.[\]]+)/g)) {
    const [, quoted, index, plain] = match;
    keys.push(quoted?.replaceAll(/\\(.)/g, '$1') ?? index ?? plain ?? '');
  }
  return keys;
}

/** What stands there; undefined where nothing does. A secret on the way hides what is in it. */
export function propertyAt(
  properties: Readonly<Record<string, Json>> | null | undefined,
  path: readonly string[],
): Json | undefined {
  let at: Json | undefined = properties ?? undefined;
  for (const key of path) {
    if (at === undefined || typeof at !== 'object' || at === null) return undefined;
    if (isSecret(at)) return at;
    at = Object.hasOwn(at, key) ? (at as Readonly<Record<string, Json>>)[key] : undefined;
    if (at !== undefined && isSecret(at)) return at;
  }
  return at;
}
