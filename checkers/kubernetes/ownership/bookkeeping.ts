/** Annotations that say how an object got here, never what it should be: not compared on either side. */
const NEVER_COMPARED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deprecated.daemonset.template.generation',
  'autoscaling.alpha.kubernetes.io/conditions',
  'autoscaling.alpha.kubernetes.io/current-metrics',
  'control-plane.alpha.kubernetes.io/leader',
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'kapp.k14s.io/original',
  'kapp.k14s.io/original-diff-md5',
  'objectset.rio.cattle.io/applied',
]);

/** Labels and annotations that the tools of delivery put beside what git declares. */
const PUT_BY_APPLIERS =
  /^(?:argocd\.argoproj\.io\/|kustomize\.toolkit\.fluxcd\.io\/|helm\.toolkit\.fluxcd\.io\/|meta\.helm\.sh\/|app\.kubernetes\.io\/(?:managed-by|instance)$|applyset\.kubernetes\.io\/|kapp\.k14s\.io\/|objectset\.rio\.cattle\.io\/|batch\.kubernetes\.io\/|controller-uid$|job-name$|kluctl\.io\/)/;

/** Whether an annotation is left out of every comparison. */
export function isBookkeeping(annotation: string): boolean {
  return NEVER_COMPARED.has(annotation);
}

/** Whether a label or annotation that git does not declare is the applier's own mark. */
export function isAppliersMark(key: string): boolean {
  return PUT_BY_APPLIERS.test(key);
}
