import { matchesGlob } from '../../../src/diff/glob.ts';

const MOST_ALTERNATIVES = 100;

/**
 * A directory's `include` or `exclude` as Argo CD reads it: `*` crosses slashes, `{a,b}` are alternatives. Undefined for
 * classes of characters and other signs that are not understood.
 */
export function directoryGlob(glob: string): ((name: string) => boolean) | undefined {
  if (/[[\]\\!]/.test(glob)) return undefined;
  const alternatives = expand(glob);
  if (alternatives === undefined) return undefined;
  return (name) => alternatives.some((one) => matchesGlob(one.replaceAll('**', '*'), name));
}

/** The innermost braces first. */
function expand(glob: string): string[] | undefined {
  let open = [glob];
  while (open.some((one) => one.includes('{'))) {
    open = open.flatMap((one) => {
      const [whole, inner = ''] = /\{([^{}]*)\}/.exec(one) ?? [];
      return whole === undefined
        ? [one.replaceAll('{', '')]
        : inner.split(',').map((part) => one.replace(whole, () => part));
    });
    if (open.length > MOST_ALTERNATIVES) return undefined;
  }
  return open;
}
