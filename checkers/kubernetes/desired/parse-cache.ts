import { hash } from 'node:crypto';
import { parseManifests, type Declared, type ManifestText } from './parse-manifests.ts';

/** How much text the parsed forms of which are kept, by all checks together. */
const MAX_TEXT = 32 * 1024 * 1024;

interface Parsed {
  readonly declared: Declared;
  readonly size: number;
}

const parsed = new Map<string, Parsed>();
let kept = 0;

/** parseManifests, which for the same text as in an earlier run is not done again. What comes back is shared: read only. */
export function parseManifestsOnce(manifest: ManifestText): Declared {
  const { text, name, isFile, nested = false } = manifest;
  const key = hash('sha256', JSON.stringify([name, isFile, nested, hash('sha256', text)]));
  const known = parsed.get(key);
  if (known !== undefined) {
    parsed.delete(key);
    parsed.set(key, known);
    return known.declared;
  }
  const declared = parseManifests(manifest);
  parsed.set(key, { declared, size: text.length });
  kept += text.length;
  for (const [oldest, { size }] of parsed) {
    if (kept <= MAX_TEXT) break;
    parsed.delete(oldest);
    kept -= size;
  }
  return declared;
}
