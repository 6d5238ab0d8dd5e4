import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** Of this package. */
export const VERSION: string = (
  JSON.parse(readFileSync(findPackageJSON(import.meta.url) ?? '', 'utf8')) as { readonly version: string }
).version;
