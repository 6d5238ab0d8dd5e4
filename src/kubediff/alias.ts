import { basename } from 'node:path';

const ALIASES = ['kubediff', 'compare-images'] as const;
/** Programs of weaveworks/kubediff that this one can stand in for. */
export type Alias = (typeof ALIASES)[number];

/** The alias that the program was started as, or that the first argument names. */
export function aliasOf(program: string, [first = '']: readonly string[]): Alias | undefined {
  const name = basename(program).replace(/\.js$/, '');
  return ALIASES.find((alias) => alias === name) ?? ALIASES.find((alias) => alias === first);
}
