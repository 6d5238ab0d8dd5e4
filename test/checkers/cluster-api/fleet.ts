/** Objects as Cluster API's controllers leave them, in either API version. */
import type { KubeApiServer } from '../../support/kube-apiserver.ts';
import { apiVersionOf, type Release } from './management-cluster.ts';

export interface FleetObject {
  readonly kind: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `Kind/name` of the controller. */
  readonly owner?: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

const NAMESPACE = 'prod';

/** Creates the object, then its status, as a controller does; `observedGeneration` follows the object where it is 0. */
export async function put(server: KubeApiServer, release: Release, object: FleetObject): Promise<void> {
  const manifest = manifestOf(release, object);
  const created = JSON.parse(
    await server.kubectl(['create', '-o', 'json', '-f', '-'], { input: JSON.stringify(manifest) }),
  ) as { readonly metadata: { readonly generation: number } };
  await setStatus(server, release, { ...object, status: observed(object.status ?? {}, created.metadata.generation) });
}

/** Writes the status alone. */
export async function setStatus(
  server: KubeApiServer,
  release: Release,
  { kind, name, status }: Pick<FleetObject, 'kind' | 'name' | 'status'>,
): Promise<void> {
  if (status === undefined || Object.keys(status).length === 0) return;
  const resource = `${kind.toLowerCase()}s.${apiVersionOf(release)}.${groupOf(kind)}`;
  const patch = JSON.stringify({ status });
  await server.kubectl(['patch', resource, '-n', NAMESPACE, name, '--subresource=status', '--type=merge', '-p', patch]);
}

function observed(status: Readonly<Record<string, unknown>>, generation: number): Readonly<Record<string, unknown>> {
  return status['observedGeneration'] === 0 ? { ...status, observedGeneration: generation } : status;
}

function manifestOf(release: Release, { kind, name, labels, annotations, owner, spec }: FleetObject): unknown {
  const [ownerKind, ownerName] = owner?.split('/') ?? [];
  return {
    apiVersion: `${groupOf(kind)}/${apiVersionOf(release)}`,
    kind,
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: { 'cluster.x-k8s.io/cluster-name': 'eu-1', ...labels },
      annotations,
      ...(ownerKind !== undefined && {
        ownerReferences: [
          {
            apiVersion: `${groupOf(ownerKind)}/${apiVersionOf(release)}`,
            kind: ownerKind,
            name: ownerName,
            uid: '00000000-0000-0000-0000-000000000001',
            controller: true,
          },
        ],
      }),
    },
    spec,
  };
}

function groupOf(kind: string): string {
  return kind === 'KubeadmControlPlane' ? 'controlplane.cluster.x-k8s.io' : 'cluster.x-k8s.io';
}

/** A reference, as this release writes it. */
export function reference(release: Release, group: string, kind: string, name: string): unknown {
  const apiGroup = `${group}.cluster.x-k8s.io`;
  return release === 'v1.9.9'
    ? { apiVersion: `${apiGroup}/v1beta1`, kind, name, namespace: NAMESPACE }
    : { apiGroup, kind, name };
}

/** The template of machines that run this version, made from these templates. */
export function machineSpec(release: Release, version: string, template = 'eu-1-md-a'): Record<string, unknown> {
  return {
    clusterName: 'eu-1',
    version,
    bootstrap: { configRef: reference(release, 'bootstrap', 'KubeadmConfigTemplate', template) },
    infrastructureRef: reference(release, 'infrastructure', 'DockerMachineTemplate', template),
  };
}

/** `conditions` of v1beta2, where this release keeps them. */
export function conditions(
  release: Release,
  ...list: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message?: string;
  }[]
): Record<string, unknown> {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const all = list.map((condition) => ({ lastTransitionTime, message: '', ...condition }));
  return release === 'v1.9.9' ? { v1beta2: { conditions: all } } : { conditions: all };
}

export function running(node: string, kubeletVersion: string): Record<string, unknown> {
  const nodeInfo = {
    architecture: 'amd64',
    bootID: 'b',
    containerRuntimeVersion: 'containerd://2.0.0',
    kernelVersion: '6.1.0',
    kubeProxyVersion: kubeletVersion,
    kubeletVersion,
    machineID: 'm',
    operatingSystem: 'linux',
    osImage: 'Debian',
    systemUUID: 's',
  };
  return { phase: 'Running', nodeRef: { name: node }, nodeInfo };
}
