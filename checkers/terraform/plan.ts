import type { Json } from '../../src/checker.ts';
import type { References } from './resource-references.ts';

/** What is read of `show -json` of a plan. */
export interface Plan {
  /** Managed resources, whether they change or not. */
  readonly managed: number;
  /** Those that change, move or are imported. */
  readonly resourceChanges: readonly PlannedChange[];
  /** From what was recorded (`before`) to what is live (`after`). */
  readonly resourceDrift: readonly PlannedChange[];
  readonly relevantAttributes: readonly RelevantAttribute[];
  readonly deferred: readonly { readonly reason: string; readonly address: string }[];
  readonly outputChanges: Readonly<Record<string, ValueChange>>;
  readonly errored: boolean;
  /** Absent before Terraform 1.8. */
  readonly complete?: boolean;
  /** Addresses (without instance keys) of resources with the attributes that no reference feeds. */
  readonly referenceFree: ReadonlyMap<string, ReadonlySet<string>>;
  readonly references: References;
}

export interface PlannedChange {
  readonly address: string;
  readonly previousAddress?: string;
  readonly moduleAddress?: string;
  readonly mode: string;
  readonly type: string;
  readonly deposed?: string;
  readonly importing: boolean;
  readonly change: ValueChange;
}

export interface ValueChange {
  readonly actions: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly afterUnknown: Json | undefined;
  readonly beforeSensitive: Json | undefined;
  readonly afterSensitive: Json | undefined;
  readonly replacePaths: readonly (readonly (string | number)[])[];
}

export interface RelevantAttribute {
  readonly resource: string;
  readonly attribute: readonly (string | number)[];
}
