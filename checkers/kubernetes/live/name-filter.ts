import picomatch from 'picomatch';
import { z } from 'zod';

/** Globs of names. */
export interface NameFilter {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

const globs = z.union([
  z
    .string()
    .min(1)
    .transform((one) => [one]),
  z.array(z.string().min(1)).min(1),
]);

/** A glob, several, or `{ include, exclude }`. Default: every name. */
export function nameFilterOption(): z.ZodType<NameFilter> {
  return z
    .union([
      globs.transform((include) => ({ include, exclude: [] as string[] })),
      z.strictObject({
        include: globs.default(['*']).describe('Globs.'),
        exclude: globs.default([]).describe('Globs of what is left out all the same.'),
      }),
    ])
    .default({ include: ['*'], exclude: [] });
}

export function nameMatcher({ include, exclude }: NameFilter): (name: string) => boolean {
  const isIncluded = picomatch([...include], { dot: true });
  const isExcluded = exclude.length === 0 ? () => false : picomatch([...exclude], { dot: true });
  return (name) => isIncluded(name) && !isExcluded(name);
}

/** The names that can match, where the globs are plain names; undefined when any may. */
export function plainNames({ include }: NameFilter): readonly string[] | undefined {
  return include.every((glob) => !picomatch.scan(glob).isGlob) ? include : undefined;
}
