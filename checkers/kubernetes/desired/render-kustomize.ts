import type { CheckContext } from '../../../src/checker.ts';
import { findKustomize } from './find-kustomize.ts';
import { parseManifestsOnce } from './parse-cache.ts';
import type { Declared } from './parse-manifests.ts';
import { cachedRender } from './render-cache.ts';
import { sourcePath } from './source-path.ts';

export interface KustomizeOptions {
  readonly dir: string;
  readonly load_restrictions: boolean;
  readonly enable_helm: boolean;
}

const MAX_OUTPUT_BYTES = 128 * 1024 * 1024;

/** What `kustomize build`, or `kubectl kustomize` where it is not installed, makes of a directory. */
export async function renderKustomize(context: CheckContext, options: KustomizeOptions): Promise<Declared> {
  const dir = await sourcePath(context, options.dir);
  const program = await findKustomize(context);
  const flags = [
    ...(options.load_restrictions ? [] : ['--load-restrictor', 'LoadRestrictionsNone']),
    ...(options.enable_helm ? ['--enable-helm'] : []),
  ];
  const text = await cachedRender(
    context,
    { version: program.version, arguments: [options.dir, ...flags] },
    async () => {
      const args = [...program.args, dir, ...flags];
      return (await context.run(program.file, args, { maxOutputBytes: MAX_OUTPUT_BYTES })).stdout;
    },
  );
  return parseManifestsOnce({ content: text, name: `${options.dir} (rendered)`, isFile: false });
}
