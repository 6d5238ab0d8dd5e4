import { CheckError } from '../../../src/checker.ts';
import { matchesGlob } from '../../../src/diff/glob.ts';
import { splitApiVersion } from '../../kubernetes/address.ts';
import { isPointer } from '../../kubernetes/ignore/annotations.ts';
import type { IgnoreDifference } from '../../kubernetes/ignore/ignore-rules.ts';
import { parseLabelSelector } from '../../kubernetes/live/label-selector.ts';
import type { DesiredObject, KubeObject } from '../../kubernetes/observation.ts';
import type { IgnoreRule } from './flux-manifests.ts';

/**
 * The `ignore` of a Kustomization, or of a HelmRelease's `driftDetection`, for the objects that it is about. Throws
 * CheckError `unsupported` for a rule that is not understood: what it ignores must not be told as drift.
 */
export function ignoreOf(
  rules: readonly IgnoreRule[] | null | undefined,
  objects: readonly DesiredObject[],
): IgnoreDifference[] {
  return (rules ?? []).flatMap(({ paths = [], target }, index) => {
    const wrong = paths.find((path) => !isPointer(path));
    if (wrong !== undefined) throw unsupported(index, `${JSON.stringify(wrong)} is no JSON Pointer`);
    const isTarget = targetOf(target ?? {}, index);
    return objects
      .filter(({ object }) => isTarget(object))
      .map(({ object }) => {
        const { name, namespace } = object.metadata;
        const { group } = splitApiVersion(object.apiVersion);
        return { group, kind: object.kind, name, ...(namespace !== undefined && { namespace }), jsonPointers: paths };
      });
  });
}

function unsupported(index: number, what: string): CheckError {
  return new CheckError('unsupported', `ignore[${index}] is not understood: ${what}`);
}

function targetOf(target: NonNullable<IgnoreRule['target']>, index: number): (object: KubeObject) => boolean {
  const { labelSelector, annotationSelector } = target;
  const [isGroup, isVersion, isKind, isName, isNamespace] = (
    ['group', 'version', 'kind', 'name', 'namespace'] as const
  ).map((field) => matcherOf(target[field] ?? '', index));
  const hasLabels = labelSelector === undefined ? () => true : parseLabelSelector(labelSelector);
  const hasAnnotations = annotationSelector === undefined ? () => true : parseLabelSelector(annotationSelector);
  return ({ apiVersion, kind, metadata }) => {
    const { group, version } = splitApiVersion(apiVersion);
    const fits = isGroup?.(group) === true && isVersion?.(version) === true && isKind?.(kind) === true;
    if (!fits || isName?.(metadata.name) !== true || isNamespace?.(metadata.namespace ?? '') !== true) return false;
    return hasLabels(metadata.labels ?? {}) && hasAnnotations(metadata.annotations ?? {});
  };
}

/** Of the regular expressions that Flux takes, those that people write: alternatives, and `.*` for any text. */
function matcherOf(expression: string, index: number): (text: string) => boolean {
  if (expression === '') return () => true;
  const globs = expression
    .replaceAll(/^\^?\(?|\)?\$?$/g, '')
    .split('|')
    .map((part) => part.replaceAll('.*', '*').replaceAll(String.raw`\.`, '.'));
  const odd = globs.find((glob) => !/^[\w.*-]*$/.test(glob));
  if (odd !== undefined) throw unsupported(index, `the expression ${JSON.stringify(expression)}`);
  return (text) => globs.some((glob) => matchesGlob(glob, text));
}
