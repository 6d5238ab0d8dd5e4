import { z } from 'zod';
import { durationOption } from '../hosts/duration-option.ts';

export type SaltOptions = MasterOptions | MasterlessOptions | ReportsOptions;

/** `salt TARGET state.apply test=True` on a master. */
export interface MasterOptions {
  readonly mode: 'salt';
  readonly target: string;
  readonly target_type: TargetType;
  readonly states: readonly string[];
  readonly saltenv?: string | undefined;
  readonly pillarenv?: string | undefined;
  readonly config_dir?: string | undefined;
  readonly timeout: number;
  readonly minions: readonly string[];
  readonly salt: string;
}

/** `salt-call --local state.apply test=True` on this host. Paths are inside the source. */
export interface MasterlessOptions {
  readonly mode: 'salt-call';
  readonly file_root: string;
  readonly pillar_root?: string | undefined;
  readonly states: readonly string[];
  readonly saltenv?: string | undefined;
  readonly minion_id?: string | undefined;
  readonly salt_call: string;
}

/** What `salt --out=json` wrote into files. `max_age`: milliseconds. */
export interface ReportsOptions {
  readonly mode: 'reports';
  readonly directory: string;
  readonly max_age: number;
  readonly minions: readonly string[];
}

const TARGET_FLAGS = {
  glob: undefined,
  list: '--list',
  compound: '--compound',
  grain: '--grain',
  pillar: '--pillar',
  nodegroup: '--nodegroup',
  pcre: '--pcre',
} as const;

export type TargetType = keyof typeof TARGET_FLAGS;

/** The option of `salt` that a kind of target needs. */
export function targetFlag(type: TargetType): string | undefined {
  return TARGET_FLAGS[type];
}

const word = z.string().regex(/^[\w.-]+$/, "expected letters, digits, '_', '-' and '.'");
const states = z.array(word.regex(/^[^-]/, "a state cannot begin with '-'")).default([]);
const inside = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'expected a path inside the source');

const master = z.strictObject({
  mode: z.literal('salt'),
  target: z.string().regex(/^[^-]/, "a target cannot be empty or begin with '-'"),
  target_type: z.enum(Object.keys(TARGET_FLAGS) as [TargetType, ...TargetType[]]).default('glob'),
  states,
  saltenv: word.optional(),
  pillarenv: word.optional(),
  config_dir: z.string().min(1).optional(),
  timeout: durationOption('60s'),
  minions: z.array(z.string().min(1)).default([]),
  salt: z.string().min(1).default('salt'),
});

const masterless = z.strictObject({
  mode: z.literal('salt-call'),
  file_root: inside.default('.'),
  pillar_root: inside.optional(),
  states,
  saltenv: word.optional(),
  minion_id: word.optional(),
  salt_call: z.string().min(1).default('salt-call'),
});

const reports = z.strictObject({
  mode: z.literal('reports'),
  directory: z.string().min(1),
  max_age: durationOption('2h'),
  minions: z.array(z.string().min(1)).default([]),
});

export const options: z.ZodType<SaltOptions> = z.discriminatedUnion('mode', [master, masterless, reports]);
