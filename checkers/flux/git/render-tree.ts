import { posix } from 'node:path';
import { failureOf, type Failure, type NotCompared, type Notice } from '../../../src/checker.ts';
import { objectAddress } from '../../kubernetes/address.ts';
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

function isSamePath(kustomization: Kustomization, { path }: GitOptions, dirs: SourceDirs): boolean {
  const found = dirs.dirOf(kustomization.spec?.sourceRef ?? {}, kustomization.metadata.namespace ?? 'default');
  return 'dir' in found && posix.join(found.dir, kustomization.spec?.path ?? '.', '.') === posix.join(path, '.');
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

async function renderOne(kustomization: Kustomization, { tree, dirs, rendering }: Walk): Promise<Declared | undefined> {
  const { metadata, spec } = kustomization;
  const scope = nameOf(kustomization);
  const address = objectAddress({ group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization' }, metadata);
  const leave = (why: string): void => {
    tree.notCompared.push({ address, type: 'Kustomization', scope, why: `what it applies is not compared: ${why}` });
  };
  if ((spec?.kubeConfig ?? undefined) !== undefined) {
    leave('it is for another cluster (spec.kubeConfig)');
    return undefined;
  }
  const found = dirs.dirOf(spec?.sourceRef ?? {}, metadata.namespace ?? 'default');
  if ('why' in found) {
    leave(found.why);
    return undefined;
  }
  if (spec?.suspend === true)
    tree.notices.push({ kind: 'suspended', message: 'suspended in git: Flux does not apply it', address });
  try {
    const declared = await renderKustomization(kustomization, found.dir, rendering);
    if (spec?.prune === true && declared.failures.length === 0) tree.prunes.add(scope);
    return declared;
  } catch (error) {
    rendering.context.signal.throwIfAborted();
    const { phase, reason, message } = failureOf(error);
    tree.failures.push({ phase, reason, message: `Kustomization ${scope}: ${message}`, address });
    return undefined;
  }
}
