import type { Notice } from '../../src/checker.ts';
import { maskedChanges } from './masked-changes.ts';
import type { Plan } from './plan.ts';

/** Outputs that an apply would change: worth saying, but no resource differs. */
export function outputNotices({ outputChanges }: Plan): Notice[] {
  return Object.entries(outputChanges)
    .filter(([, { actions }]) => !actions.every((action) => action === 'no-op'))
    .map(([name, change]) => ({
      kind: 'output_changed',
      address: `output.${name}`,
      message: `${change.actions.join(', ')} of the output ${name}`,
      changes: maskedChanges({
        live: change.before,
        desired: change.after,
        liveSensitive: change.beforeSensitive,
        desiredSensitive: change.afterSensitive,
        desiredUnknown: change.afterUnknown,
      }),
    }));
}
