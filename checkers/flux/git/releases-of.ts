import { failureOf, type Failure, type NotCompared, type Notice } from '../../../src/checker.ts';
import { objectAddress } from '../../kubernetes/address.ts';
import { failureOfManifest } from '../../kubernetes/desired/failure-of-manifest.ts';
import { declaredBy } from '../../kubernetes/desired/helm-declared.ts';
import { surveyReleases } from '../../kubernetes/desired/helm-releases.ts';
import type { DesiredObject } from '../../kubernetes/observation.ts';
import { ignoreOf } from './ignore-of.ts';
import { isFluxKind, nameOf, type HelmReleaseManifest } from './flux-manifests.ts';
import { releaseKey, renderRelease, type ReleaseRendering } from './render-release.ts';

interface Found {
  readonly objects: DesiredObject[];
  readonly failures: Failure[];
  readonly notices: Notice[];
  readonly notCompared: NotCompared[];
}

/**
 * What the HelmReleases among the objects install: rendered from git where chart and helm are at hand, otherwise by the
 * record that Helm keeps of the release in the cluster, which is told as not compared with git.
 */
export async function releasesOf(objects: readonly DesiredObject[], rendering: ReleaseRendering): Promise<Found> {
  const found: Found = { objects: [], failures: [], notices: [], notCompared: [] };
  const recorded = new Map<string, { release: HelmReleaseManifest; why: string }>();
  const releases = objects.map(({ object }) => object as HelmReleaseManifest);
  for (const release of releases.filter((object) => isFluxKind(object, 'HelmRelease'))) {
    try {
      const rendered = await renderOrSay(release, rendering);
      if ('objects' in rendered) addAll(found, rendered);
      else if (rendered.isHere) {
        const { storage, name } = releaseKey(release);
        recorded.set(`${storage}/${name}`, { release, why: rendered.why });
      } else found.notCompared.push(leftOut(release, rendered.why));
    } catch (error) {
      rendering.context.signal.throwIfAborted();
      found.failures.push(failureOfRelease(release, error));
    }
  }
  if (recorded.size > 0) await addRecorded(found, recorded, rendering);
  return found;
}

async function renderOrSay(
  release: HelmReleaseManifest,
  rendering: ReleaseRendering,
): Promise<Awaited<ReturnType<typeof renderRelease>> & { readonly isHere?: boolean }> {
  if ((release.spec?.kubeConfig ?? undefined) !== undefined) return { why: 'it is for another cluster', isHere: false };
  const rendered = await renderRelease(release, rendering);
  return 'why' in rendered ? { ...rendered, isHere: true } : rendered;
}

function addAll(found: Found, more: Omit<Found, 'failures'> & { readonly failures: readonly Failure[] }): void {
  for (const object of more.objects) found.objects.push(object);
  found.failures.push(...more.failures);
  found.notices.push(...more.notices);
  found.notCompared.push(...more.notCompared);
}

/** Compared with what Helm last applied: live edits are seen, what git changed since is not. */
async function addRecorded(
  found: Found,
  recorded: ReadonlyMap<string, { readonly release: HelmReleaseManifest; readonly why: string }>,
  { client, context }: ReleaseRendering,
): Promise<void> {
  const keys = Array.from(recorded.values(), ({ release }) => releaseKey(release));
  const scope = {
    namespaces: { include: [...new Set(keys.map(({ storage }) => storage))], exclude: [] },
    releases: { include: [...new Set(keys.map(({ name }) => name))], exclude: [] },
    storage: 'secret' as const,
    pageSize: 500,
  };
  try {
    const all = await surveyReleases(client, scope);
    const states = new Map(Array.from(all).filter(([key]) => recorded.has(key)));
    const declared = await declaredBy(states, { client, scope, context });
    addAll(found, { objects: [], ...copied(declared.findings) });
    for (const { release } of recorded.values()) addRuled(found, release, declared.objects);
    for (const [key, { release, why }] of recorded) {
      const instead = states.has(key) ? 'compared with what Helm last applied' : 'and it is not in the cluster';
      found.notCompared.push(leftOut(release, `${why}: ${instead}`));
    }
  } catch (error) {
    context.signal.throwIfAborted();
    found.failures.push({ ...failureOf(error), address: 'Secret' });
    for (const { release, why } of recorded.values()) found.notCompared.push(leftOut(release, why));
  }
}

/** The objects of one release, with what its driftDetection ignores. */
function addRuled(found: Found, release: HelmReleaseManifest, objects: readonly DesiredObject[]): void {
  const { namespace, name } = releaseKey(release);
  const scope = `${namespace}/${name}`;
  const own = objects.filter(({ delivery }) => delivery?.scope === scope);
  try {
    const ignoreDifferences = ignoreOf(release.spec?.driftDetection?.ignore, own);
    const delivery = { scope, isApplied: own[0]?.delivery?.isApplied === true, ignoreDifferences };
    for (const one of own) found.objects.push({ ...one, delivery });
  } catch (error) {
    found.failures.push(failureOfRelease(release, error));
  }
}

function failureOfRelease(release: HelmReleaseManifest, error: unknown): Failure {
  return failureOfManifest(error, `HelmRelease ${nameOf(release)}`, addressOf(release));
}

function copied({
  failures,
  notices,
  notCompared,
}: Awaited<ReturnType<typeof declaredBy>>['findings']): Omit<Found, 'objects'> {
  return { failures: [...failures], notices: [...notices], notCompared: [...notCompared] };
}

function leftOut(release: HelmReleaseManifest, why: string): NotCompared {
  const message = `what it installs is not compared with git: ${why}`;
  return { address: addressOf(release), type: 'HelmRelease', scope: nameOf(release), why: message };
}

function addressOf({ metadata }: HelmReleaseManifest): string {
  return objectAddress({ group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease' }, metadata);
}
