import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckError, type CheckContext } from '../../src/checker.ts';
import type { PulumiOptions } from './options.ts';

/** What would change what a preview prints, were it inherited. */
const DROPPED = ['PULUMI_ENABLE_STREAMING_JSON_PREVIEW', 'PULUMI_EXPERIMENTAL', 'PULUMI_STACK', 'PULUMI_OPTION_JSON'];

/** The environment of every command of a run. Secrets read from files are registered with the run. */
export async function pulumiEnvironment(
  options: PulumiOptions,
  context: CheckContext,
): Promise<Readonly<Record<string, string | undefined>>> {
  const { access_token_file: tokenFile, passphrase_file: passphraseFile, backend_url: backend } = options;
  const home = options.home ?? join(context.dirs.shared, 'home');
  await mkdir(home, { recursive: true });
  const token = tokenFile === undefined ? undefined : await secretFrom(tokenFile, context);
  if (passphraseFile !== undefined) await secretFrom(passphraseFile, context);
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.env)) {
    own[name] = typeof value === 'string' ? value : await secretFrom(value.file, context);
  }
  return {
    ...Object.fromEntries(DROPPED.map((name) => [name, undefined])),
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_SKIP_CONFIRMATIONS: undefined,
    NO_COLOR: '1',
    ...(backend !== undefined && { PULUMI_BACKEND_URL: backend }),
    ...(token !== undefined && { PULUMI_ACCESS_TOKEN: token }),
    ...(passphraseFile !== undefined && { PULUMI_CONFIG_PASSPHRASE_FILE: resolve(passphraseFile) }),
    ...own,
  };
}

async function secretFrom(file: string, context: CheckContext): Promise<string> {
  try {
    const secret = (await readFile(file, 'utf8')).trim();
    context.secret(secret);
    return secret;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new CheckError(code === 'EACCES' ? 'forbidden' : 'not_found', `${file}: cannot be read: ${code}`, {
      cause: error,
    });
  }
}
