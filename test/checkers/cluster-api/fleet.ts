/** Objects as Cluster API's controllers leave them, in either API version. */
import type { KubeApiServer } from '../../support/kube-apiserver.ts';
import { apiVersionOf, type Release } from './management-cluster.ts';

interface FleetObject {
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
async function put(server: KubeApiServer, release: Release, object: FleetObject): Promise<void> {
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
function reference(release: Release, group: string, kind: string, name: string): unknown {
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

/** A Cluster in sync: a control plane of one machine, a MachineDeployment of two. */
export async function putCluster(server: KubeApiServer, release: Release): Promise<void> {
  const observedGeneration = 0;
  await put(server, release, {
    kind: 'Cluster',
    name: 'eu-1',
    spec: {
      infrastructureRef: reference(release, 'infrastructure', 'DockerCluster', 'eu-1'),
      controlPlaneRef: reference(release, 'controlplane', 'KubeadmControlPlane', 'eu-1-cp'),
    },
    status: { phase: 'Provisioned', observedGeneration },
  });
  const infrastructureRef = reference(release, 'infrastructure', 'DockerMachineTemplate', 'eu-1-cp');
  await put(server, release, {
    kind: 'KubeadmControlPlane',
    name: 'eu-1-cp',
    spec: {
      replicas: 1,
      version: 'v1.30.2',
      kubeadmConfigSpec:
        release === 'v1.9.9' ? {} : { clusterConfiguration: { apiServer: { extraArgs: [{ name: 'v', value: '2' }] } } },
      machineTemplate: release === 'v1.9.9' ? { infrastructureRef } : { spec: { infrastructureRef } },
    },
    status: { observedGeneration },
  });
  const spec = machineSpec(release, 'v1.30.2');
  const selector = { matchLabels: { 'cluster.x-k8s.io/deployment-name': 'eu-1-md' } };
  const template = { metadata: { labels: selector.matchLabels }, spec };
  await put(server, release, {
    kind: 'MachineDeployment',
    name: 'eu-1-md',
    owner: 'Cluster/eu-1',
    spec: { clusterName: 'eu-1', replicas: 2, selector, template },
    status: { observedGeneration },
  });
  await put(server, release, {
    kind: 'MachineSet',
    name: 'eu-1-md-a',
    owner: 'MachineDeployment/eu-1-md',
    spec: { clusterName: 'eu-1', replicas: 2, selector, template },
    status: { observedGeneration },
  });
  const machines = [
    ['eu-1-cp-1', 'KubeadmControlPlane/eu-1-cp', 'node-0'],
    ['eu-1-md-1', 'MachineSet/eu-1-md-a', 'node-1'],
    ['eu-1-md-2', 'MachineSet/eu-1-md-a', 'node-2'],
  ] as const;
  for (const [name, owner, node] of machines)
    await put(server, release, { kind: 'Machine', name, owner, spec, status: running(node, 'v1.30.2') });
}
