import { CheckError, type CheckContext } from '../../../src/checker.ts';
import { readCatalog } from '../../kubernetes/live/api-catalog.ts';
import { createApiClient } from '../../kubernetes/live/api-client.ts';
import { NO_EXTRA_SCOPE, type ExtraScope } from '../../kubernetes/live/extra-scope.ts';
import type { KindPlan } from '../../kubernetes/live/kind-plan.ts';
import { observeObjects } from '../../kubernetes/observe-objects.ts';
import type { Observation } from '../../kubernetes/observation.ts';
import { markedKustomization } from '../marked-kustomization.ts';
import type { FluxOptions, GitOptions } from '../options.ts';
import { releasesOf } from './releases-of.ts';
import { renderTree, type FluxTree } from './render-tree.ts';
import { createSourceDirs } from './source-dirs.ts';

/** Renders what Flux would apply, from git, and LISTs each kind of it. Flux itself need not run. */
export async function* observeGit(
  options: FluxOptions & { readonly git: GitOptions },
  context: CheckContext,
): AsyncGenerator<Observation> {
  const client = await createApiClient(options, context);
  try {
    const dirs = createSourceDirs(options.git, context);
    const tree = await renderTree(options.git, dirs, {
      client,
      context,
      loadRestrictions: options.git.load_restrictions,
    });
    const releases = await releasesOf(tree.objects, { client, context, dirs });
    const objects = [...tree.objects, ...releases.objects];
    const findings = {
      failures: [...tree.failures, ...releases.failures],
      notices: [...tree.notices, ...releases.notices],
      notCompared: [...tree.notCompared, ...releases.notCompared],
    };
    if (objects.length + findings.failures.length + findings.notCompared.length === 0)
      throw new CheckError('not_found', `${options.git.path} declares no Kubernetes object`, { phase: 'source' });
    yield { piece: 'findings', ...findings };
    if (objects.length === 0) return;
    const catalog = await readCatalog(client, `${context.dirs.shared}/api`);
    const extra = (plans: readonly KindPlan[]): ExtraScope =>
      options.git.prune ? pruned(tree, plans) : NO_EXTRA_SCOPE;
    yield* observeObjects(objects, { options, client, catalog, namespace: 'default', extra });
  } finally {
    client.close();
  }
}

/** Objects that are marked as of a Kustomization which deletes what git declares no more. */
function pruned({ prunes, notCompared }: FluxTree, plans: readonly KindPlan[]): ExtraScope {
  if (prunes.size === 0) return NO_EXTRA_SCOPE;
  // What was not compared is declared all the same, in whatever namespace.
  const left = new Set(notCompared.map(({ type, address }) => `${type}/${address.split('/').at(-1) ?? ''}`));
  const namespaces = plans.flatMap(({ desired }) =>
    Array.from(desired.values(), ({ object }) => object.metadata.namespace ?? []).flat(),
  );
  return {
    covers: () => true,
    holds: ({ kind }, live) =>
      prunes.has(markedKustomization(live) ?? '') &&
      !left.has(`${kind}/${live.metadata.name}`) &&
      live.metadata.annotations?.['kustomize.toolkit.fluxcd.io/prune']?.toLowerCase() !== 'disabled',
    namespaces: [...new Set(namespaces)],
    kinds: [],
  };
}
