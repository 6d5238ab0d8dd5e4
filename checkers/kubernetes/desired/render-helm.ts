import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { CheckContext } from '../../../src/checker.ts';
import { objectAddress, splitApiVersion } from '../address.ts';
import type { KubeObject } from '../observation.ts';
import type { HelmOptions } from '../options.ts';
import { parseManifestsOnce } from './parse-cache.ts';
import type { Declared } from './parse-manifests.ts';
import { credentialsIn, sealCredentials } from './seal-credentials.ts';
import { cachedRender } from './render-cache.ts';
import { sourcePath } from './source-path.ts';

const MAX_OUTPUT_BYTES = 128 * 1024 * 1024;

/**
 * What `helm template` makes of a chart. Rendered twice: an object that comes out differently (randAlphaNum, now,
 * genCA) has no desired state, so it is said and not compared.
 */
export async function renderHelm(context: CheckContext, options: HelmOptions): Promise<Declared> {
  const { stdout: version } = await context.run('helm', ['version', '--short']);
  const args = await argumentsOf(context, options);
  const env = { HELM_CACHE_HOME: join(context.dirs.check, 'helm') };
  const render = async (): Promise<string> =>
    (await context.run('helm', args, { env, maxOutputBytes: MAX_OUTPUT_BYTES })).stdout;
  const text = await cachedRender(context, { version, arguments: [JSON.stringify(options)] }, async () =>
    JSON.stringify([await render(), await render()]),
  ).catch((error: unknown) => {
    // What a chart says of its values.
    for (const credential of credentialsIn(options.set)) context.secret(credential);
    throw error;
  });
  const [first = '', second = ''] = JSON.parse(text) as readonly string[];
  const name = `${options.chart} (rendered)`;
  const declared = parseManifestsOnce({ content: first, name, isFile: false });
  const stable =
    first === second
      ? declared
      : withoutUnstable(declared, parseManifestsOnce({ content: second, name, isFile: false }));
  return sealCredentials(stable, options.set);
}

/** Options first: everything after `--` is a name, whatever it looks like. */
async function argumentsOf(context: CheckContext, options: HelmOptions): Promise<string[]> {
  const chart = await sourcePath(context, options.chart);
  const files = await Promise.all(options.values.map((file) => sourcePath(context, file)));
  if (Object.keys(options.set).length > 0) {
    const file = join(context.dirs.temporary, 'helm-values.json');
    await writeFile(file, JSON.stringify(options.set), { mode: 0o600 });
    files.push(file);
  }
  return [
    'template',
    ...(options.namespace === undefined ? [] : ['--namespace', options.namespace]),
    ...files.flatMap((file) => ['--values', file]),
    ...options.api_versions.flatMap((version) => ['--api-versions', version]),
    ...(options.kube_version === undefined ? [] : ['--kube-version', options.kube_version]),
    ...(options.include_crds ? ['--include-crds'] : []),
    '--',
    options.release,
    chart,
  ];
}

/** Leaves out the objects that the two renders do not agree on. Exported for its test. */
export function withoutUnstable(first: Declared, second: Declared): Declared {
  const others = new Map(second.objects.map(({ object }) => [addressOf(object), object]));
  const unstable = new Set(
    first.objects
      .filter(({ object }) => !isDeepStrictEqual(object, others.get(addressOf(object))))
      .map(({ object }) => object),
  );
  const why = 'comes out differently each time it is rendered (a random or generated value)';
  return {
    objects: first.objects.filter(({ object }) => !unstable.has(object)),
    failures: first.failures,
    notices: [
      ...first.notices,
      ...[...unstable].map((object) => ({
        kind: 'never_converges' as const,
        message: `${addressOf(object)} ${why}`,
        address: addressOf(object),
      })),
    ],
    notCompared: [
      ...first.notCompared,
      ...[...unstable].map((object) => ({ address: addressOf(object), type: object.kind, why })),
    ],
  };
}

function addressOf(object: KubeObject): string {
  const { group } = splitApiVersion(object.apiVersion);
  return objectAddress({ group, kind: object.kind }, object.metadata);
}
