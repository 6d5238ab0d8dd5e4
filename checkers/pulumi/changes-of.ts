import type { Change, FieldValue, Json } from '../../src/checker.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import type { PulumiState, PulumiStep } from './digest.ts';
import { fieldValue, propertyAt, propertyPath } from './property-value.ts';

/** The properties that differ: what the provider says in detail, else the names it gives as reasons. */
export function changesOf(step: PulumiStep): Change[] {
  const details = Object.entries(step.detailedDiff ?? {});
  const replacing = new Set(step.replaceReasons);
  if (details.length > 0) {
    return details.map(([path, { kind }]) => {
      const keys = propertyPath(path);
      const forces = kind.endsWith('-replace') || replacing.has(keys[0] ?? '');
      return changeAt(keys, step, { forces, kind });
    });
  }
  const names = new Set([...(step.diffReasons ?? []), ...replacing]);
  return Array.from(names, (name) =>
    changeAt(propertyPath(name), step, { forces: replacing.has(name), kind: 'update' }),
  );
}

interface Kind {
  readonly forces: boolean;
  readonly kind: string;
}

function changeAt(keys: readonly string[], step: PulumiStep, { forces, kind }: Kind): Change {
  const [live, desired] = sealed(keys, step);
  const op = kind.startsWith('add') ? 'add' : kind.startsWith('delete') ? 'remove' : 'replace';
  return {
    op,
    path: toPointer(keys),
    ...(live !== undefined && op !== 'add' && { live }),
    ...(desired !== undefined && op !== 'remove' && { desired }),
    ...(forces && { forcesReplacement: true }),
  };
}

type Sides = readonly [live: FieldValue | undefined, desired: FieldValue | undefined];

/** Where one side is secret both are. */
function sealed(keys: readonly string[], { oldState, newState }: PulumiStep): Sides {
  const live = propertyAt(oldState?.outputs, keys) ?? propertyAt(oldState?.inputs, keys);
  const desired = propertyAt(newState?.inputs, keys) ?? propertyAt(newState?.outputs, keys);
  const sides: Sides = [shown(live), shown(desired)];
  const isSealed =
    [oldState, newState].some((state) => isSecretOutput(state, keys)) ||
    [oldState?.inputs, oldState?.outputs, newState?.inputs, newState?.outputs].some((properties) => {
      const value = propertyAt(properties, keys);
      return value !== undefined && fieldValue(value).kind === 'sensitive';
    });
  if (!isSealed) return sides;
  return [sides[0] && { kind: 'sensitive' }, sides[1] && { kind: 'sensitive' }];
}

function shown(value: Json | undefined): FieldValue | undefined {
  return value === undefined ? undefined : fieldValue(value);
}

function isSecretOutput(state: PulumiState | null | undefined, [name = '']: readonly string[]): boolean {
  return state?.additionalSecretOutputs?.includes(name) === true;
}
