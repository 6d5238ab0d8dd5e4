import { failureOf, type CheckContext } from '../../../src/checker.ts';
import type { DesiredOptions } from '../options.ts';
import { readManifestFiles } from './manifest-files.ts';
import { nothingDeclared, parseManifests, type Declared } from './parse-manifests.ts';
import { renderHelm } from './render-helm.ts';
import { renderJsonnet } from './render-jsonnet.ts';
import { renderKustomize } from './render-kustomize.ts';

/** Everything git declares, as it is written. What cannot be read or rendered is a failure beside the rest. */
export async function readDesired(options: DesiredOptions, context: CheckContext): Promise<Declared> {
  if (context.input !== undefined) {
    return parseManifests({ text: context.input, name: 'the request', isFile: false });
  }
  const { manifests, kustomize, helm, jsonnet, command } = options;
  if (manifests !== undefined) return readManifestFiles(context.source.dir, manifests, context.signal);
  if (kustomize !== undefined) {
    const parts: Declared[] = [];
    for (const dir of kustomize.dirs) {
      parts.push(await rendered(context, dir, () => renderKustomize(context, { ...kustomize, dir })));
    }
    return combine(parts);
  }
  if (helm !== undefined) return rendered(context, helm.chart, () => renderHelm(context, helm));
  if (jsonnet !== undefined) return rendered(context, jsonnet.file, () => renderJsonnet(context, jsonnet));
  return rendered(context, 'command', () => runCommand(context, command ?? []));
}

async function rendered(context: CheckContext, name: string, render: () => Promise<Declared>): Promise<Declared> {
  try {
    return await render();
  } catch (error) {
    context.signal.throwIfAborted();
    const { reason, message } = failureOf(error);
    return { ...nothingDeclared(), failures: [{ phase: 'source', reason, message: `${name}: ${message}` }] };
  }
}

async function runCommand(context: CheckContext, [file = '', ...args]: readonly string[]): Promise<Declared> {
  const { stdout } = await context.run(file, args);
  return parseManifests({ text: stdout, name: `${file} (its output)`, isFile: false, nested: true });
}

function combine(parts: readonly Declared[]): Declared {
  return {
    objects: parts.flatMap((part) => part.objects),
    failures: parts.flatMap((part) => part.failures),
    notices: parts.flatMap((part) => part.notices),
    notCompared: parts.flatMap((part) => part.notCompared),
  };
}
