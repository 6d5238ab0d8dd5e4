import type { FieldPath } from './field-path.ts';

/** One field that differs: what each side has, `undefined` for absence. */
export interface Finding {
  readonly path: FieldPath;
  readonly live: unknown;
  readonly desired: unknown;
  /** Git does not declare it: somebody put it there. */
  readonly undeclared: boolean;
  /** Nothing but the order differs. Nobody owns an order. */
  readonly reordered?: true;
}

/** What the walk asks about a live field that git does not declare and that is not its default. */
export interface Undeclared {
  readonly path: FieldPath;
  /** The field has a default, and this is not it. */
  readonly hasDefault: boolean;
  /** That default is the API server's own: it fills it in whoever writes. */
  readonly hasServerDefault: boolean;
  readonly allocated: boolean;
}

/** What a walk needs to know beside the two objects. */
export interface Judge {
  /** Whether an undeclared field is drift. */
  isDrift(field: Undeclared): boolean;
  /** Whether a field is left out on both sides. `type` is the built-in type that has it. */
  isSkipped(type: string | undefined, field: string, path: FieldPath): boolean;
  /** Whether two values that differ are the same to this object all the same. */
  isExcused(
    type: string | undefined,
    path: FieldPath,
    values: { readonly live: unknown; readonly desired: unknown },
  ): boolean;
}
