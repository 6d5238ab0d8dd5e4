import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from './session.ts';

/** Only these blocks decide what init does. */
const BLOCKS = /^\s*"?(terraform|provider|module)\b/m;

/**
 * A fingerprint of what init works from: files with terraform, provider or module blocks, the lock file, the backend's
 * settings and the program. What it misses (a child module's new provider) the plan itself notices.
 */
export async function fingerprintInitInputs(session: Session, backend: string): Promise<string> {
  const { options, context } = session;
  const dir = join(context.source.dir, options.dir);
  const hash = createHash('sha256');
  hash.update(JSON.stringify([options.binary, options.backend_config_files, backend, options.env]));
  const names = (await readdir(dir)).filter((name) =>
    /\.(tf|tofu)(\.json)?$|^\.terraform\.lock\.hcl$|^terragrunt\.hcl$/.test(name),
  );
  const files = [...names.sort(), ...options.backend_config_files];
  for (const name of files) {
    const text = await readFile(join(dir, name), 'utf8').catch(() => '');
    if (!/\.(tf|tofu)(\.json)?$/.test(name) || BLOCKS.test(text)) hash.update(`\0${name}\0${text}`);
  }
  return hash.digest('hex');
}
