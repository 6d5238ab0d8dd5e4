import { isSecretPath } from './secret-key.ts';

/** Values that hide nothing: switches, numbers, and paths of the files that hold the secret. */
const HARMLESS = /^(?:true|false|yes|no|on|off|null|none|\d{1,8}|[~.]{0,2}\/\S*)$/i;

/** The texts under secret-looking keys, such as `DB_PASSWORD` in an environment or `extra_vars.api_key` in options. */
export function secretValues(value: unknown, extra?: (key: string) => boolean, path: readonly string[] = []): string[] {
  if (typeof value === 'string') {
    const names = /^kubeconfig$/i.test(path.at(-1) ?? ''); // a path, also a relative one
    return value.length >= 4 && !names && !HARMLESS.test(value) && isSecretPath(path, extra) ? [value] : [];
  }
  if (Array.isArray(value)) return value.flatMap((item) => secretValues(item, extra, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => secretValues(item, extra, [...path, key]));
}
