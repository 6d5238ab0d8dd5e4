import type { CheckContext } from '../../../src/checker.ts';
import { canonicalUrl } from '../../kubernetes/desired/canonical-url.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import type { GitOptions } from '../options.ts';
import type { SourceReference } from './flux-manifests.ts';

/** Where in this source what Flux fetches stands. */
export interface SourceDirs {
  /** Takes note of the GitRepository objects among what was rendered. */
  learn(objects: readonly KubeObject[]): void;
  /** The directory of a source, relative to this source, or why it is not here. */
  dirOf(reference: SourceReference, namespace: string): { readonly dir: string } | { readonly why: string };
}

interface GitRepository {
  readonly url?: string;
  readonly ref?: {
    readonly branch?: string;
    readonly tag?: string;
    readonly semver?: string;
    readonly commit?: string;
    readonly name?: string;
  } | null;
}

export function createSourceDirs({ url, sources }: GitOptions, { source }: CheckContext): SourceDirs {
  const repositories = new Map<string, GitRepository>();
  const wanted = url === undefined ? undefined : canonicalUrl(url);
  return {
    learn: (objects) => {
      for (const { apiVersion, kind, metadata, spec } of objects) {
        if (kind !== 'GitRepository' || !apiVersion.startsWith('source.toolkit.fluxcd.io/')) continue;
        repositories.set(`${metadata.namespace ?? 'default'}/${metadata.name}`, spec ?? {});
      }
    },
    dirOf: (reference, own) => {
      const { kind = '', name = '', namespace } = reference ?? {};
      const key = `${namespace ?? own}/${name}`;
      const mapped = sources[key];
      if (mapped !== undefined) return { dir: mapped };
      if (kind !== 'GitRepository')
        return { why: `${kind} ${key} is no git repository; git.sources may say where it stands` };
      const known = repositories.get(key);
      if (typeof known?.url !== 'string' || wanted === undefined || canonicalUrl(known.url) !== wanted)
        return { why: `GitRepository ${key} is not this source; git.sources or git.url says where it stands` };
      const { commit, tag, semver, name: refName } = known.ref ?? {};
      const pinned = tag ?? semver ?? refName;
      if (commit === undefined && pinned !== undefined) return { why: `GitRepository ${key} follows ${pinned}` };
      if (commit !== undefined && commit !== source.revision)
        return { why: `GitRepository ${key} is held at ${commit}` };
      return { dir: '.' };
    },
  };
}
