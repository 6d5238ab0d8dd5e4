import { CheckError, type CheckContext } from '../../../src/checker.ts';
import { credentialsIn } from '../../kubernetes/desired/seal-credentials.ts';
import type { ApiClient } from '../../kubernetes/live/api-client.ts';
import { nameOf, type Kustomization } from './flux-manifests.ts';
import { readValues } from './read-values.ts';
import type { Variables } from './substitute-variables.ts';

/** Shorter values are too common to be masked wherever they turn up; where they were put in they are masked all the same. */
const SHORTEST_SECRET = 8;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The variables of a Kustomization; undefined when it has none, and text is left as it is. Rejects with CheckError. */
export async function readVariables(
  kustomization: Kustomization,
  { client, context }: { readonly client: ApiClient; readonly context: CheckContext },
): Promise<Variables | undefined> {
  const { substitute, substituteFrom, substituteStrategy } = kustomization.spec?.postBuild ?? {};
  const namespace = nameOf(kustomization).split('/', 1)[0] ?? '';
  const values = new Map<string, string>();
  const secret = new Set<string>();
  for (const reference of substituteFrom ?? []) {
    const found = await readValues(client, reference, namespace);
    if (found === undefined && reference.optional !== true) {
      const what = `${reference.kind ?? ''} ${namespace}/${reference.name ?? ''}`;
      throw new CheckError('missing_variable', `substituteFrom: ${what} is not in the cluster`);
    }
    for (const [name, text] of found ?? []) {
      set(name, text);
      if (reference.kind === 'Secret') hide(name, text);
    }
  }
  for (const [name, text] of Object.entries(substitute ?? {})) set(name, String(text));
  if (values.size === 0 && substituteStrategy !== 'Always') return undefined;
  return { values, secret };

  function set(name: string, text: string): void {
    if (!NAME.test(name))
      throw new CheckError('invalid', `postBuild: ${JSON.stringify(name)} is no name of a variable`);
    values.set(name, text.replaceAll('\n', ''));
    secret.delete(name);
    if (credentialsIn(text, name).length > 0) hide(name, text);
  }

  function hide(name: string, text: string): void {
    secret.add(name);
    if (text.length >= SHORTEST_SECRET) context.secret(text);
  }
}
