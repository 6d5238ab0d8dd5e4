import { posix } from 'node:path';
import type { Failure, NotCompared, Notice } from '../../../src/checker.ts';
import { objectAddress } from '../../kubernetes/address.ts';
import { failureOfManifest } from '../../kubernetes/desired/failure-of-manifest.ts';
import type { Declared } from '../../kubernetes/desired/parse-manifests.ts';
import { renderOverlay } from '../../kubernetes/desired/render-overlay.ts';
import type { DesiredObject } from '../../kubernetes/observation.ts';
import type { GitOptions } from '../options.ts';
import { isFluxKind, nameOf, type Kustomization } from './flux-manifests.ts';
import { renderKustomization, type Rendering } from './render-kustomization.ts';
import { sealEncrypted } from './seal-encrypted.ts';
import type { SourceDirs } from './source-dirs.ts';

/** Everything that Flux would apply, from where it begins on. */
export interface FluxTree {
  readonly objects: DesiredObject[];
  readonly failures: Failure[];
  readonly notices: Notice[];
  readonly notCompared: NotCompared[];
  /** `namespace/name` of the Kustomizations that delete what git declares no more, and were rendered whole. */
  readonly prunes: Set<string>;
}

/** Renders the Kustomizations that are found, and those found in them. One that cannot be rendered hides no other. */
export async function renderTree(options: GitOptions, dirs: SourceDirs, rendering: Rendering): Promise<FluxTree> {
  const tree: FluxTree = { objects: [], failures: [], notices: [], notCompared: [], prunes: new Set() };
  const root = sealEncrypted(await renderRoot(options, rendering));
  dirs.learn(root.objects.map(({ object }) => object));
  const waiting = kustomizationsOf(root);
  // What flux bootstrap makes: a Kustomization of the very place where it stands.
  const isSelf = (one: Kustomization): boolean => isSamePath(one, options, dirs);
  if (!waiting.some(isSelf)) add(tree, root);
  const seen = new Set<string>();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const key = nameOf(next);
    if (seen.has(key)) continue;
    seen.add(key);
    rendering.context.signal.throwIfAborted();
    const declared = await renderOne(next, { tree, dirs, rendering });
    if (declared === undefined) continue;
    dirs.learn(declared.objects.map(({ object }) => object));
    waiting.push(...kustomizationsOf(declared));
    add(tree, declared);
  }
  return tree;
}

function renderRoot({ path }: GitOptions, { context, loadRestrictions }: Rendering): Promise<Declared> {
  return renderOverlay(context, { dir: path, fields: {}, components: [], loadRestrictions });
}

function kustomizationsOf({ objects }: Declared): Kustomization[] {
  return objects.map(({ object }) => object as Kustomization).filter((object) => isFluxKind(object, 'Kustomization'));
}

function isSamePath({ metadata, spec }: Kustomization, { path }: GitOptions, dirs: SourceDirs): boolean {
  const { path: own = '.', sourceRef = {} } = spec ?? {};
  if (typeof own !== 'string') return false; // told when it is rendered
  const found = dirs.dirOf(sourceRef, metadata.namespace ?? 'default');
  return 'dir' in found && posix.join(found.dir, own, '.') === posix.join(path, '.');
}

function add(tree: FluxTree, { objects, failures, notices, notCompared }: Declared): void {
  for (const object of objects) tree.objects.push(object);
  tree.failures.push(...failures);
  tree.notices.push(...notices);
  tree.notCompared.push(...notCompared);
}

interface Walk {
  readonly tree: FluxTree;
  readonly dirs: SourceDirs;
  readonly rendering: Rendering;
}

async function renderOne(kustomization: Kustomization, walk: Walk): Promise<Declared | undefined> {
  const scope = nameOf(kustomization);
  const address = addressOf(kustomization);
  const { tree, rendering } = walk;
  try {
    const declared = await renderHere(kustomization, walk);
    if ('why' in declared) {
      const why = `what it applies is not compared: ${declared.why}`;
      tree.notCompared.push({ address, type: 'Kustomization', scope, why });
      return undefined;
    }
    if (kustomization.spec?.suspend === true)
      tree.notices.push({ kind: 'suspended', message: 'suspended in git: Flux does not apply it', address });
    if (kustomization.spec?.prune === true && declared.failures.length === 0) tree.prunes.add(scope);
    return declared;
  } catch (error) {
    rendering.context.signal.throwIfAborted();
    tree.failures.push(failureOfManifest(error, `Kustomization ${scope}`, address));
    return undefined;
  }
}

async function renderHere(
  kustomization: Kustomization,
  { dirs, rendering }: Walk,
): Promise<Declared | { readonly why: string }> {
  const { metadata, spec } = kustomization;
  if ((spec?.kubeConfig ?? undefined) !== undefined) return { why: 'it is for another cluster (spec.kubeConfig)' };
  const found = dirs.dirOf(spec?.sourceRef ?? {}, metadata.namespace ?? 'default');
  return 'why' in found ? found : renderKustomization(kustomization, found.dir, rendering);
}

function addressOf({ metadata }: Kustomization): string {
  return objectAddress({ group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization' }, metadata);
}
