import { CheckError, failureOf, type CheckContext, type Failure } from '../../../src/checker.ts';
import { kindAddress, splitApiVersion } from '../../kubernetes/address.ts';
import { nothingDeclared, type Declared } from '../../kubernetes/desired/parse-manifests.ts';
import { readDesired } from '../../kubernetes/desired/read-desired.ts';
import type { DesiredObject, ResourceKind } from '../../kubernetes/observation.ts';
import type { SideOptions } from '../options.ts';
import type { RewriteObject } from '../rewrite.ts';
import { checkOutGit } from './check-out-git.ts';
import type { Side } from './side.ts';

/** Reads what one side declares. What cannot be read is among its findings. */
export async function openDeclaredSide(
  name: Side['name'],
  options: SideOptions,
  { context, rewrite }: { readonly context: CheckContext; readonly rewrite: RewriteObject },
): Promise<Side> {
  const { objects, ...findings } = await read(name, options, context);
  const fallback = options.namespace ?? 'default';
  const nothing = objects.length + findings.failures.length + findings.notCompared.length === 0;
  return {
    name,
    declared: objects,
    findings: {
      ...findings,
      failures: [...findings.failures.map((one) => about(name, one)), ...(nothing ? [empty(name)] : [])],
    },
    objects: async (kind) =>
      objects
        .filter(({ object }) => addressOf(object) === kindAddress(kind))
        .map((declared) => rewrite(placed(declared, kind, fallback))),
    close: () => undefined,
  };
}

async function read(name: Side['name'], options: SideOptions, context: CheckContext): Promise<Declared> {
  try {
    if (options.git === undefined) return await readDesired(options, context);
    const dir = await checkOutGit(name, options.git, context);
    return await readDesired(options, {
      ...context,
      source: { dir },
      run: (file, args, given) => context.run(file, args, { cwd: dir, ...given }),
    });
  } catch (error) {
    context.signal.throwIfAborted();
    return { ...nothingDeclared(), failures: [{ ...failureOf(error), phase: 'source' }] };
  }
}

function about(name: string, failure: Failure): Failure {
  return { ...failure, message: `${name}: ${failure.message}` };
}

function empty(name: string): Failure {
  return failureOf(new CheckError('not_found', `${name}: declares no Kubernetes object`, { phase: 'source' }));
}

/** `group/Kind`. */
export function addressOf({ apiVersion, kind }: DesiredObject['object']): string {
  return kindAddress({ ...splitApiVersion(apiVersion), kind });
}

/** Kinds of the API server's own, and common ones, that have no namespace. */
const CLUSTER_SCOPED =
  /^(?:Namespace|Node|PersistentVolume|(?:rbac\.authorization\.k8s\.io\/)?ClusterRole(?:Binding)?|apiextensions\.k8s\.io\/.*|apiregistration\.k8s\.io\/.*|admissionregistration\.k8s\.io\/.*|storage\.k8s\.io\/(?:StorageClass|CSIDriver|VolumeAttachment)|scheduling\.k8s\.io\/.*|networking\.k8s\.io\/IngressClass|node\.k8s\.io\/.*|flowcontrol\.apiserver\.k8s\.io\/.*|certificates\.k8s\.io\/.*|.*\/(?:Cluster[A-Z]\w*|GatewayClass))$/;

/** In its namespace as an apply would put it there, or in none: as the cluster says, or by the kind's name without one. */
function placed(declared: DesiredObject, kind: ResourceKind, fallback: string): DesiredObject {
  const { object } = declared;
  const { namespace, ...metadata } = object.metadata;
  const isKnown = kind.resource !== '';
  const namespaced = isKnown ? kind.namespaced : !CLUSTER_SCOPED.test(addressOf(object));
  if (!namespaced) return { ...declared, object: { ...object, metadata } };
  return { ...declared, object: { ...object, metadata: { ...metadata, namespace: namespace || fallback } } };
}
