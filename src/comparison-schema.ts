import { z } from 'zod';
import {
  ACTIONS,
  ACTOR_CLASSES,
  CAUSES,
  FAILURE_PHASES,
  FAILURE_REASONS,
  NOTICE_KINDS,
  type Comparison,
} from './drift.ts';

const fieldValue = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('known'), value: z.json() }),
  z.strictObject({ kind: z.literal('sensitive') }),
  z.strictObject({ kind: z.literal('unknown') }),
]);

const change = z.strictObject({
  op: z.enum(['add', 'remove', 'replace']),
  path: z.string().regex(/^(\/([^~]|~[01])*)?$/, 'expected a JSON Pointer such as /spec/replicas'),
  live: fieldValue.optional(),
  desired: fieldValue.optional(),
  forcesReplacement: z.boolean().optional(),
});

const resourceDrift = z.strictObject({
  address: z.string().min(1),
  type: z.string().min(1),
  scope: z.string().optional(),
  action: z.enum(ACTIONS),
  cause: z.enum(CAUSES).default('unknown'),
  actor: z
    .strictObject({ name: z.string(), class: z.enum(ACTOR_CLASSES), at: z.iso.datetime({ offset: true }).optional() })
    .optional(),
  changes: z.array(change).default([]),
  origin: z.strictObject({ file: z.string(), line: z.int().positive().optional() }).optional(),
});

/** A Comparison as JSON, strictly: what a script prints under `output: json` and what other processes send. */
export const comparisonSchema: z.ZodType<Comparison> = z.strictObject({
  resources: z.int().nonnegative(),
  drift: z.array(resourceDrift),
  failures: z
    .array(
      z.strictObject({
        phase: z.enum(FAILURE_PHASES),
        reason: z.enum(FAILURE_REASONS),
        message: z.string(),
        address: z.string().optional(),
      }),
    )
    .optional(),
  notices: z
    .array(
      z.strictObject({
        kind: z.enum(NOTICE_KINDS),
        message: z.string(),
        address: z.string().optional(),
        changes: z.array(change).optional(),
      }),
    )
    .optional(),
  notCompared: z
    .array(z.strictObject({ address: z.string(), type: z.string(), scope: z.string().optional(), why: z.string() }))
    .optional(),
}) as unknown as z.ZodType<Comparison>;
