import { CheckError, isCheckError, type CheckContext } from '../../../src/checker.ts';

export interface Kustomize {
  readonly file: string;
  readonly args: readonly string[];
  readonly version: string;
}

/** `kustomize`, or `kubectl kustomize` where it is not installed. Rejects with CheckError `not_found` when neither is. */
export async function findKustomize(context: CheckContext): Promise<Kustomize> {
  const standalone = await versionOf(context, 'kustomize', ['version']);
  if (standalone !== undefined) return { file: 'kustomize', args: ['build'], version: standalone };
  const kubectl = await versionOf(context, 'kubectl', ['version', '--client', '-o', 'json']);
  if (kubectl !== undefined) return { file: 'kubectl', args: ['kustomize'], version: kubectl };
  throw new CheckError('not_found', 'neither kustomize nor kubectl is on PATH', { phase: 'source' });
}

async function versionOf(context: CheckContext, file: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await context.run(file, args)).stdout;
  } catch (error) {
    if (isCheckError(error) && error.reason === 'not_found') return undefined;
    throw error;
  }
}
