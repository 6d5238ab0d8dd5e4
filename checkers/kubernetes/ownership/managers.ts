import type { ActorClass } from '../../../src/checker.ts';
import type { ManagedFieldsEntry } from '../observation.ts';

/** Says who a field manager is: a name, with `*` for any text. */
export interface ManagerRule {
  readonly name: string;
  readonly class: ActorClass;
}

/** Tells who is behind a field manager. Rules given by the user come first, then the table, first match. */
export type ManagerTable = (manager: string, operation: ManagedFieldsEntry['operation']) => ActorClass;

/**
 * The field managers one meets, most specific first. Everything that is not here and ends like a controller is one:
 * a manager is by default named after its program.
 */
const KNOWN: readonly (readonly [ActorClass, readonly string[]])[] = [
  [
    'pipeline',
    [
      'kubectl-client-side-apply',
      'argocd*',
      'argo-cd*',
      'gitops*',
      'kustomize-controller',
      'helm-controller',
      'flux*',
      'helm',
      'Helm',
      'terraform*',
      'Terraform*',
      'HashiCorp*',
      'pulumi*',
      'ansible*',
      'OpenAPI-Generator',
      'kapp*',
      'kluctl*',
      'fleet*',
      'rancher-fleet*',
      'skaffold*',
      'tilt*',
      'spinnaker*',
      'clouddriver*',
      'jenkins*',
      'before-first-apply',
    ],
  ],
  [
    'human',
    [
      'kubectl',
      'kubectl-*',
      'oc',
      'k9s',
      'Lens*',
      'OpenLens*',
      'Freelens*',
      'node-fetch',
      'Mozilla',
      'dashboard',
      'kubernetes-dashboard*',
      'headlamp*',
      'octant*',
      'kubie',
      'curl',
      'python-requests',
      'PostmanRuntime',
    ],
  ],
  [
    'controller',
    [
      'kube-*',
      'kubelet',
      'cloud-controller-manager',
      'api-priority-and-fairness-*',
      'cert-manager*',
      'cainjector*',
      'cluster-autoscaler',
      'karpenter*',
      'keda*',
      'vpa-*',
      'argo-rollouts*',
      'rollouts-*',
      'istiod*',
      'pilot-*',
      'linkerd*',
      'cilium*',
      'calico*',
      'typha',
      'coredns',
      'external-dns*',
      'external-secrets*',
      'sealed-secrets*',
      'secrets-store*',
      'gatekeeper*',
      'kyverno*',
      'velero*',
      'reloader*',
      'Reloader*',
      'descheduler*',
      'metrics-server',
      'node-problem-detector',
      'prometheus*',
      'crossplane*',
      'apiextensions.crossplane.io*',
      'eks*',
      'gke-*',
      'glbc',
      'aks*',
      'aws-*',
      'azure-*',
      'ocm*',
      'olm*',
      'manager',
      'controller',
      'operator',
      '*-controller',
      '*_controller',
      '*Controller',
      '*-controllers',
      '*-operator',
      '*-manager',
      '*-injector',
      '*-webhook',
      '*-certgen',
      '*-autoscaler',
      '*-provisioner',
      '*-attacher',
      '*-resizer',
      '*-snapshotter',
      '*-scheduler',
      '*-agent',
      '*-syncer',
    ],
  ],
];

/** The table with the user's rules before it. An unknown manager that applies is a pipeline: people seldom do. */
export function managerTable(rules: readonly ManagerRule[] = []): ManagerTable {
  const groups = [
    ...rules.map((rule) => ({ class: rule.class, pattern: anyOf([rule.name]) })),
    ...KNOWN.map(([actor, names]) => ({ class: actor, pattern: anyOf(names) })),
  ];
  const seen = new Map<string, ActorClass>();
  return (manager, operation) => {
    const key = `${operation ?? ''} ${manager}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    const found = groups.find(({ pattern }) => pattern.test(manager))?.class ?? 'unknown';
    const actor = operation === 'Apply' && (found === 'unknown' || found === 'human') ? 'pipeline' : found;
    if (seen.size < LONGEST_MEMORY) seen.set(key, actor);
    return actor;
  };
}

/** Managers that change objects and never make one. */
const EDITORS = /^kubectl-(?:annotate|autoscale|cordon|drain|edit|label|patch|rollout|scale|set|taint|uncordon)$/;

/** Whether a manager only ever changes what is there. */
export function isEditor(manager: string): boolean {
  return EDITORS.test(manager);
}

const LONGEST_MEMORY = 10_000;

function anyOf(names: readonly string[]): RegExp {
  const sources = names.map((name) => name.split('*').map(escaped).join('.*'));
  return new RegExp(`^(?:${sources.join('|')})$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
