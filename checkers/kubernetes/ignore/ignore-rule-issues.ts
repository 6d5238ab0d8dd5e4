import type { z } from 'zod';
import { ignoreRuleErrors, type IgnoreDifference } from './ignore-rules.ts';

/** Refuses rules of `ignore_differences` that cannot be read, each at its place in the options. */
export function addIgnoreRuleIssues(
  options: { readonly ignore_differences: readonly IgnoreDifference[] },
  context: z.RefinementCtx,
): void {
  for (const { path, message } of ignoreRuleErrors(options.ignore_differences)) {
    context.addIssue({ code: 'custom', path: ['ignore_differences', ...path], message });
  }
}
