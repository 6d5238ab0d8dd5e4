import type { KubeObject } from '../observation.ts';

/**
 * Why a declared object is not compared; empty when it is none of the cluster's at all; undefined when it is compared.
 * Hooks come and go by design, and each of the tools has its own way to say hands off.
 */
export function optOutOf(object: KubeObject): string | undefined {
  const value = (key: string): string => annotationOf(object, key);
  if (value('config.kubernetes.io/local-config') === 'true') return '';
  if (value('helm.sh/hook') !== '') return 'a Helm hook: it comes and goes with a release';
  if (value('argocd.argoproj.io/hook') !== '') return 'an Argo CD hook: it comes and goes with a sync';
  if (value('kustomize.toolkit.fluxcd.io/reconcile') === 'disabled')
    return 'kustomize.toolkit.fluxcd.io/reconcile: disabled';
  const mark = 'helm.toolkit.fluxcd.io/driftDetection';
  if (value(mark) === 'disabled' || object.metadata.labels?.[mark] === 'disabled') return `${mark}: disabled`;
  if (typeof object.metadata.name !== 'string') return 'generateName: every apply makes another object';
  return undefined;
}

/** Whether git only wants the object to exist: made once, then left alone. */
export function onlyNeedsToExist(object: KubeObject): boolean {
  return annotationOf(object, 'kustomize.toolkit.fluxcd.io/ssa') === 'ifnotpresent';
}

/** In lower case; as text, whatever somebody wrote in git. */
function annotationOf(object: KubeObject, key: string): string {
  const value: unknown = object.metadata.annotations?.[key];
  return typeof value === 'string' || typeof value === 'boolean' ? String(value).toLowerCase() : '';
}
