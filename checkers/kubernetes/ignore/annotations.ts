import { parsePointer } from '../../../src/diff/json-pointer.ts';
import { pointerIn, pointerOf } from '../normalise/field-path.ts';
import type { Finding } from '../normalise/finding.ts';
import type { KubeObject } from '../observation.ts';

/**
 * In git: the JSON Pointers of fields of this object that are not compared, separated by commas, blanks or lines;
 * `*` stands for the whole object. Only git's word counts: somebody who changes a live object cannot mute it.
 */
const IGNORE = 'drift-exporter.io/ignore';
const ARGO_COMPARE_OPTIONS = 'argocd.argoproj.io/compare-options';

/** Which findings the object's own annotation covers. */
export function ignoredByAnnotation(desired: KubeObject): (finding: Finding) => boolean {
  const entries = (desired.metadata.annotations?.[IGNORE] ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  if (entries.length === 0) return () => false;
  if (entries.includes('*')) return () => true;
  return ({ path }) => {
    const pointers = [pointerOf(path), pointerIn('desired', path)];
    return entries.some((entry) => pointers.some((pointer) => pointer !== undefined && isWithin(pointer, entry)));
  };
}

/** Whether an undeclared object says itself that it is not to be reported. */
export function isIgnoredWhole(live: KubeObject): boolean {
  const annotations = live.metadata.annotations ?? {};
  if ((annotations[ARGO_COMPARE_OPTIONS] ?? '').includes('IgnoreExtraneous')) return true;
  return (annotations[IGNORE] ?? '').trim() === '*';
}

/** Whether a JSON Pointer is another or below it. */
export function isWithin(pointer: string, ancestor: string): boolean {
  return pointer === ancestor || pointer.startsWith(`${ancestor}/`);
}

/** Whether a text is a JSON Pointer. */
export function isPointer(text: string): boolean {
  try {
    parsePointer(text);
    return true;
  } catch {
    return false;
  }
}
