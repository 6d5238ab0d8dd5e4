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

/** A manifest as it was read: its bytes are made text only when they are new. */
export interface ManifestContent extends Omit<ManifestText, 'text'> {
  readonly content: string | Buffer;
}

/** parseManifests, which for the same content as in an earlier run is not done again. What comes back is shared: read only. */
export function parseManifestsOnce({ content, ...manifest }: ManifestContent): Declared {
  const { name, isFile, nested = false } = manifest;
  const key = hash('sha256', JSON.stringify([name, isFile, nested, hash('sha256', content)]));
  const known = parsed.get(key);
  if (known !== undefined) {
    parsed.delete(key);
    parsed.set(key, known);
    return known.declared;
  }
  const text = typeof content === 'string' ? content : content.toString('utf8');
  const declared = parseManifests({ ...manifest, text });
  parsed.set(key, { declared, size: text.length });
  kept += text.length;
  for (const [oldest, { size }] of parsed) {
    if (kept <= MAX_TEXT) break;
    parsed.delete(oldest);
    kept -= size;
  }
  return declared;
}
