import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckContext } from '../../../src/checker.ts';
import type { JsonnetOptions } from '../options.ts';
import { parseManifestsOnce } from './parse-cache.ts';
import type { Declared } from './parse-manifests.ts';
import { cachedRender } from './render-cache.ts';
import { sourcePath } from './source-path.ts';

const MAX_OUTPUT_BYTES = 128 * 1024 * 1024;

/** What jsonnet or kubecfg makes of a file: objects, lists of them, or objects nested in objects. */
export async function renderJsonnet(context: CheckContext, options: JsonnetOptions): Promise<Declared> {
  const versionArgs = options.program === 'kubecfg' ? ['version'] : ['--version'];
  const { stdout: version } = await context.run(options.program, versionArgs);
  const args = await argumentsOf(context, options);
  const text = await cachedRender(
    context,
    { version, arguments: [JSON.stringify(options)] },
    async () => (await context.run(options.program, args, { maxOutputBytes: MAX_OUTPUT_BYTES })).stdout,
  );
  return parseManifestsOnce({ content: text, name: `${options.file} (rendered)`, isFile: false, nested: true });
}

async function argumentsOf(context: CheckContext, options: JsonnetOptions): Promise<string[]> {
  const libraries = await Promise.all(options.library_paths.map((dir) => sourcePath(context, dir)));
  return [
    ...(options.program === 'kubecfg' ? ['show'] : []),
    ...libraries.flatMap((dir) => ['-J', dir]),
    ...(await variables(context, 'ext-str', options.ext_vars)),
    ...(await variables(context, 'ext-code', options.ext_code)),
    ...(await variables(context, 'tla-str', options.tla_vars)),
    ...(await variables(context, 'tla-code', options.tla_code)),
    await sourcePath(context, options.file),
  ];
}

/** Values go through files: arguments are for everybody to see. */
async function variables(
  context: CheckContext,
  flag: string,
  values: Readonly<Record<string, string>>,
): Promise<string[]> {
  const args: string[] = [];
  for (const [index, [name, value]] of Object.entries(values).entries()) {
    const file = join(context.dirs.temporary, `${flag}-${index}`);
    await writeFile(file, value, { mode: 0o600 });
    args.push(`--${flag}-file`, `${name}=${file}`);
  }
  return args;
}
