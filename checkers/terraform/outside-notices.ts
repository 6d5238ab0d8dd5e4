import type { Change, Notice } from '../../src/checker.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { overlaps } from './masked-changes.ts';
import type { TerraformOptions } from './options.ts';
import type { PlannedChange, RelevantAttribute } from './plan.ts';

/** A resource whose live side moved, with the changes that would lead back. */
export interface OutsideChange {
  readonly entry: PlannedChange;
  readonly changes: readonly Change[];
  /** The plan would put it right: then it is drift, and told there. */
  readonly isPlanned: boolean;
}

/** Changes made outside Terraform that lead to no action: those asked for one by one, the others counted. */
export function outsideNotices(
  outside: readonly OutsideChange[],
  relevant: readonly RelevantAttribute[],
  list: TerraformOptions['outside_changes'],
): Notice[] {
  const left = outside.filter(({ isPlanned }) => !isPlanned);
  if (list === 'none' || left.length === 0) return [];
  const paths = pathsByResource(relevant);
  const listed = list === 'all' ? left : left.filter((change) => isRelevant(change, paths));
  const others = left.length - listed.length;
  return [
    ...listed.map(({ entry, changes }): Notice => ({
      kind: 'outside_change',
      address: entry.address,
      message: entry.change.actions.includes('delete')
        ? 'deleted outside Terraform; nothing would be done about it'
        : 'changed outside Terraform; nothing would be done about it',
      changes,
    })),
    ...(others > 0 ? [countNotice(others)] : []),
  ];
}

function countNotice(count: number): Notice {
  const what = count === 1 ? '1 more resource' : `${count} more resources`;
  const message = `${what} changed outside Terraform, with no effect on the plan (outside_changes: all lists them)`;
  return { kind: 'outside_change', message };
}

function pathsByResource(relevant: readonly RelevantAttribute[]): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  for (const { resource, attribute } of relevant) {
    const known = paths.get(resource) ?? [];
    known.push(toPointer(attribute));
    paths.set(resource, known);
  }
  return paths;
}

function isRelevant({ entry, changes }: OutsideChange, paths: ReadonlyMap<string, readonly string[]>): boolean {
  const relevant = paths.get(entry.address) ?? [];
  return relevant.some((path) => changes.some((change) => overlaps(change.path, path)));
}
