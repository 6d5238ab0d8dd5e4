import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { CheckError, type CheckContext } from '../../../src/checker.ts';
import type { Declared } from '../../kubernetes/desired/parse-manifests.ts';
import { helmCannot } from '../../kubernetes/desired/helm-cannot.ts';
import { renderHelm } from '../../kubernetes/desired/render-helm.ts';
import { parseYaml, YamlSyntaxError } from '../../kubernetes/desired/yaml.ts';
import type { ApiClient } from '../../kubernetes/live/api-client.ts';
import { nameOf, type HelmReleaseManifest } from './flux-manifests.ts';
import { ignoreOf } from './ignore-of.ts';
import { readValues } from './read-values.ts';
import type { SourceDirs } from './source-dirs.ts';

export interface ReleaseRendering {
  readonly client: ApiClient;
  readonly context: CheckContext;
  readonly dirs: SourceDirs;
}

/** What Helm keeps a release under. */
export interface ReleaseKey {
  readonly name: string;
  /** Where its objects go that name no namespace. */
  readonly namespace: string;
  /** Where its records are. */
  readonly storage: string;
}

/** The release's manifest rendered from git, or why it cannot be. Rejects with CheckError. */
export async function renderRelease(
  release: HelmReleaseManifest,
  { client, context, dirs }: ReleaseRendering,
): Promise<Declared | { readonly why: string }> {
  const { spec } = release;
  const chart = chartDir(release, dirs);
  if ('why' in chart) return chart;
  if ((spec?.postRenderers ?? []).length > 0) return { why: 'it has post renderers' };
  const values = await valuesOf(release, { client, context });
  const { name, namespace } = releaseKey(release);
  try {
    const declared = await renderHelm(context, {
      chart: chart.dir,
      release: name,
      namespace,
      values: (spec?.chart?.spec?.valuesFiles ?? []).map((file) => posix.join(chart.root, file)),
      set: values,
      api_versions: [],
      include_crds: false,
    });
    const ignoreDifferences = ignoreOf(spec?.driftDetection?.ignore, declared.objects);
    const delivery = { scope: `${namespace}/${name}`, isApplied: false, ignoreDifferences };
    const objects = declared.objects.map((one) => {
      const { metadata } = one.object;
      return {
        ...one,
        object: { ...one.object, metadata: { ...metadata, namespace: metadata.namespace || namespace } },
        delivery,
      };
    });
    return { ...declared, objects };
  } catch (error) {
    const why = helmCannot(error);
    if (why !== undefined) return { why };
    throw error;
  }
}

function chartDir(
  release: HelmReleaseManifest,
  dirs: SourceDirs,
): { readonly dir: string; readonly root: string } | { readonly why: string } {
  const { chart, chartRef } = release.spec ?? {};
  const reference = chart?.spec?.sourceRef;
  const named = `${reference?.kind ?? chartRef?.kind ?? ''} ${reference?.name ?? chartRef?.name ?? ''}`;
  if (reference === undefined || reference.kind === 'HelmRepository')
    return { why: `its chart comes from ${named}, not from git` };
  const found = dirs.dirOf(reference, release.metadata.namespace ?? 'default');
  return 'why' in found ? found : { dir: posix.join(found.dir, chart?.spec?.chart ?? '.'), root: found.dir };
}

/** As helm-controller names releases: Helm takes no more than 53 characters. */
export function releaseKey(release: HelmReleaseManifest): ReleaseKey {
  const { metadata, spec } = release;
  const own = metadata.namespace ?? 'default';
  const releaseName = textOf(spec?.releaseName, 'releaseName');
  const targetNamespace = textOf(spec?.targetNamespace, 'targetNamespace');
  const storageNamespace = textOf(spec?.storageNamespace, 'storageNamespace');
  const full = releaseName ?? (targetNamespace === undefined ? metadata.name : `${targetNamespace}-${metadata.name}`);
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 12);
  const name = full.length > 53 ? `${full.slice(0, 40)}-${hash}` : full;
  return { name, namespace: targetNamespace ?? own, storage: storageNamespace ?? own };
}

/** Throws a TypeError for what nobody validated. */
function textOf(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new TypeError(`spec.${field}: expected text`);
  return value;
}

/** The values, later ones over earlier ones: ConfigMaps and Secrets of the cluster, then the release's own. */
async function valuesOf(
  release: HelmReleaseManifest,
  { client, context }: Omit<ReleaseRendering, 'dirs'>,
): Promise<Record<string, unknown>> {
  let values: Record<string, unknown> = {};
  const [namespace = ''] = nameOf(release).split('/', 1);
  for (const reference of release.spec?.valuesFrom ?? []) {
    const { kind = '', name = '', valuesKey = 'values.yaml', targetPath, optional = false } = reference;
    const text = (await readValues(client, reference, namespace))?.get(valuesKey);
    if (text === undefined && !optional) {
      throw new CheckError(
        'missing_variable',
        `valuesFrom: ${kind} ${namespace}/${name} with ${valuesKey} is not there`,
      );
    }
    if (text === undefined) continue;
    if (kind === 'Secret') hide(text, context);
    const more = targetPath === undefined ? parse(text, `${kind} ${name}`) : nested(targetPath, text);
    values = merge(values, more);
  }
  return merge(values, release.spec?.values ?? {});
}

function hide(text: string, context: CheckContext): void {
  for (const line of text.split('\n')) {
    const value = line
      .replace(/^[\s\w.-]*:\s*|^\s*-\s*/, '')
      .replaceAll(/^["']|["']$/g, '')
      .trim();
    if (value.length >= 8) context.secret(value);
  }
}

function parse(text: string, what: string): Record<string, unknown> {
  try {
    const value = parseYaml(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
  }
  throw new CheckError('invalid', `valuesFrom: ${what} holds no mapping of values`);
}

function nested(path: string, text: string): Record<string, unknown> {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), text) as Record<string, unknown>;
}

/** Names such as `__proto__` are names like any other. */
function merge(
  under: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const isMapping = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, isMapping(below) && isMapping(value) ? merge(below, value) : value);
  }
  return Object.fromEntries(merged);
}
