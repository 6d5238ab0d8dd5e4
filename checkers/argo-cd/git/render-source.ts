import { readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { CheckError, type CheckContext, type Json } from '../../../src/checker.ts';
import { readListedManifests } from '../../kubernetes/desired/manifest-files.ts';
import type { Declared } from '../../kubernetes/desired/parse-manifests.ts';
import { helmCannot } from '../../kubernetes/desired/helm-cannot.ts';
import { renderHelm } from '../../kubernetes/desired/render-helm.ts';
import { renderOverlay } from '../../kubernetes/desired/render-overlay.ts';
import { sourcePath } from '../../kubernetes/desired/source-path.ts';
import type { ApplicationSource, DirectorySource, KustomizeSource } from '../application.ts';
import { directoryGlob } from './directory-glob.ts';
import { helmValues } from './helm-values.ts';

/** Where a source of an Application stands, and what it is rendered for. */
export interface SourceRendering {
  readonly context: CheckContext;
  /** Of the repository, relative to our source. */
  readonly root: string;
  /** Of the other sources of the Application, by their `ref`. */
  readonly refs: ReadonlyMap<string, string>;
  readonly application: string;
  readonly namespace: string | undefined;
  readonly apiVersions: readonly string[];
  readonly loadRestrictions: boolean;
}

/** What Argo CD would make of one source, or why that cannot be known. Rejects with CheckError. */
export async function renderSource(
  source: ApplicationSource,
  rendering: SourceRendering,
): Promise<Declared | { readonly why: string }> {
  const { context, root } = rendering;
  const dir = posix.join(root, source.path ?? '.');
  const path = await sourcePath(context, dir);
  if (!(await stat(path)).isDirectory())
    throw new CheckError('invalid', `${dir}: expected a directory`, { phase: 'source' });
  switch (typeOf(source, await readdir(path))) {
    case 'plugin':
      return { why: 'a plugin renders it' };
    case 'helm':
      return helm(source, dir, rendering);
    case 'kustomize':
      return kustomize(source.kustomize ?? {}, dir, rendering);
    case 'directory':
      return directory(source.directory ?? {}, dir, context);
  }
}

type SourceType = 'plugin' | 'helm' | 'kustomize' | 'directory';

/** What the Application says, else what is there. */
function typeOf(
  { plugin, helm: chart, kustomize: built, directory: plain }: ApplicationSource,
  files: readonly string[],
): SourceType {
  if ((plugin ?? undefined) !== undefined) return 'plugin';
  if ((built ?? undefined) !== undefined) return 'kustomize';
  if ((chart ?? undefined) !== undefined) return 'helm';
  if ((plain ?? undefined) !== undefined) return 'directory';
  if (files.includes('Chart.yaml')) return 'helm';
  return files.some((name) => /^(?:kustomization\.ya?ml|Kustomization)$/.test(name)) ? 'kustomize' : 'directory';
}

function kustomize(
  options: KustomizeSource,
  dir: string,
  { context, loadRestrictions }: SourceRendering,
): Promise<Declared> {
  const { commonLabels, labelWithoutSelector = false, labelIncludeTemplates = false } = options;
  const labels = {
    pairs: { ...commonLabels },
    includeSelectors: !labelWithoutSelector,
    ...(labelIncludeTemplates && { includeTemplates: true }),
  };
  const fields = {
    ...present('namespace', options.namespace),
    ...present('namePrefix', options.namePrefix),
    ...present('nameSuffix', options.nameSuffix),
    ...present('commonAnnotations', options.commonAnnotations),
    ...present('patches', options.patches),
    ...present(
      'replicas',
      options.replicas?.map(({ name = '', count = 0 }) => ({ name, count: Number(count) })),
    ),
    ...present('images', options.images?.map(imageOf)),
    ...(Object.keys(labels.pairs).length > 0 && { labels: [labels] }),
  };
  const components = (options.components ?? []).map((component) => posix.join(dir, component));
  return renderOverlay(context, { dir, fields, components, loadRestrictions });
}

function present(name: string, value: unknown): Record<string, Json> {
  const isEmpty = value === undefined || value === null || value === '' || Object.keys(value).length === 0;
  return isEmpty ? {} : { [name]: value as Json };
}

/** `name=new:tag`, `name:tag`, `name@sha256:...`, as `kustomize edit set image` takes them. */
function imageOf(text: string): Record<string, Json> {
  const [before = '', after] = text.split('=', 2);
  const [, name = '', tag, digest] = /^(.*?)(?::([^:/@]+))?(?:@(.+))?$/.exec(after ?? before) ?? [];
  return {
    name: after === undefined ? name : before,
    ...(after !== undefined && { newName: name }),
    ...(tag !== undefined && { newTag: tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** Manifests of a directory; below it only when told so. */
async function directory(
  options: DirectorySource,
  dir: string,
  context: CheckContext,
): Promise<Declared | { readonly why: string }> {
  const path = await sourcePath(context, dir);
  const entries = await readdir(path, { recursive: options.recurse === true });
  const isIncluded = directoryGlob(options.include || '*');
  const isExcluded = directoryGlob(options.exclude ?? '');
  if (isIncluded === undefined || isExcluded === undefined) return { why: 'its globs of files are not understood' };
  const names = entries.filter((name) => !name.startsWith('.git/') && isIncluded(name) && !isExcluded(name)).toSorted();
  const files = names.filter((name) => /\.(?:ya?ml|json)$/i.test(name)).map((name) => posix.join(dir, name));
  const declared = await readListedManifests(context.source.dir, files, context.signal);
  const programs = names.filter((name) => name.endsWith('.jsonnet'));
  const why = 'a jsonnet program of a directory';
  const left = programs.map((name) => ({ address: posix.join(dir, name), type: 'jsonnet', why }));
  return { ...declared, notCompared: [...declared.notCompared, ...left] };
}

async function helm(
  source: ApplicationSource,
  dir: string,
  { context, refs, application, namespace, apiVersions }: SourceRendering,
): Promise<Declared | { readonly why: string }> {
  const options = source.helm ?? {};
  if ((options.fileParameters ?? []).length > 0) return { why: 'it has file parameters' };
  const files = (options.valueFiles ?? []).map((file) => valueFile(file, dir, refs));
  const foreign = (options.valueFiles ?? []).find((_file, index) => files[index] === undefined);
  if (foreign !== undefined) return { why: `its values ${foreign} are not in this source` };
  const wanted: string[] = [];
  for (const file of files.filter((one) => one !== undefined)) {
    const isMissing = (await stat(join(context.source.dir, file)).catch(() => undefined)) === undefined;
    if (!isMissing || options.ignoreMissingValueFiles !== true) wanted.push(file);
  }
  try {
    return await renderHelm(context, {
      chart: dir,
      release: options.releaseName ?? application,
      namespace: options.namespace ?? namespace,
      values: wanted,
      set: helmValues(options),
      api_versions: options.apiVersions ?? apiVersions,
      kube_version: options.kubeVersion,
      include_crds: options.skipCrds !== true,
    });
  } catch (error) {
    const why = helmCannot(error);
    if (why !== undefined) return { why };
    throw error;
  }
}

/** Relative to the chart, `/` to its repository, `$ref/` to another source; undefined for what is somewhere else. */
function valueFile(file: string, dir: string, refs: ReadonlyMap<string, string>): string | undefined {
  if (/^[a-z0-9+]+:\/\//i.test(file)) return undefined;
  const [, ref, rest = ''] = /^\$([^/]+)\/(.*)$/.exec(file) ?? [];
  if (ref === undefined) return posix.join(dir, file);
  const root = refs.get(ref);
  return root === undefined ? undefined : posix.join(root, rest);
}
