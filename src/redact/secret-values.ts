import { isSecretKey } from './secret-key.ts';

/** Values that hide nothing: switches, numbers, and paths of the files that hold the secret. */
const HARMLESS = /^(?:true|false|yes|no|on|off|null|none|\d{1,8}|\.{0,2}\/\S*)$/i;

/** What stands under secret-looking names in an environment, such as `DB_PASSWORD` or `TF_VAR_api_token`. */
export function secretValues(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment).flatMap(([name, value = '']) =>
    isSecretKey(name) && value.length >= 4 && !HARMLESS.test(value) ? [value] : [],
  );
}
