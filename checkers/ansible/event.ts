import { z } from 'zod';
import type { Json } from '../../src/drift.ts';

/** A task that was not run, and what is missing because of it: a registered result, or something it would have made. */
export interface MissingCause {
  readonly task: string;
  readonly register?: string | undefined;
  readonly value?: string | undefined;
}

/** A diff as a module tells it. */
export interface AnsibleDiff {
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
  readonly prepared?: Json | undefined;
  readonly file?: string | undefined;
  readonly dst_binary?: Json | undefined;
  readonly src_binary?: Json | undefined;
  readonly dst_larger?: Json | undefined;
  readonly src_larger?: Json | undefined;
  /** Characters of a diff too large to be written down. */
  readonly omitted?: number | undefined;
  /** Only a vaulted value differs. */
  readonly secret?: boolean | undefined;
}

/** The result of a task, or of one item of its loop, on one host. */
export interface TaskEvent {
  readonly event: 'task';
  readonly outcome: 'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable';
  readonly host: string;
  readonly name: string;
  /** The module's full name. */
  readonly action: string;
  readonly play: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly item?: string | undefined;
  /** Where it is done instead of on the host. */
  readonly delegated?: string | undefined;
  readonly handler?: boolean | undefined;
  readonly no_log?: boolean | undefined;
  /** `check_mode: false`: it was really run. */
  readonly ran?: boolean | undefined;
  readonly changed_when?: boolean | undefined;
  /** It uses the result of a task that check mode did not run. */
  readonly depends?: MissingCause | undefined;
  /** Its failure names something that an earlier task would have made. */
  readonly missing?: MissingCause | undefined;
  readonly ignored?: boolean | undefined;
  readonly rescued?: boolean | undefined;
  readonly skip?: 'condition' | 'empty' | 'check_mode' | 'no_log' | undefined;
  readonly message?: string | undefined;
  readonly diff?: readonly AnsibleDiff[] | undefined;
}

/** A play matched no host. `unknown` are names in its pattern that the inventory does not have. */
export interface NoHosts {
  readonly event: 'no_hosts';
  readonly play: string;
  readonly pattern: string;
  readonly unknown: readonly string[];
}

/** A play ended on hosts that did not fail themselves. */
export interface PlayAborted {
  readonly event: 'play_aborted';
  readonly play: string;
  readonly hosts: readonly string[];
}

/** A play, by its place in the playbook, was not begun on hosts that did not fail. */
export interface NotReached {
  readonly event: 'not_reached';
  readonly index: number;
  readonly play: string;
  readonly hosts: readonly string[];
}

/** One line of drift_exporter.py, in the fields we use. */
export type AnsibleEvent =
  | TaskEvent
  | NoHosts
  | PlayAborted
  | NotReached
  | { readonly event: 'start'; readonly format: number; readonly ansible: string }
  | { readonly event: 'error'; readonly message: string }
  | { readonly event: 'end'; readonly events: number };

/** The format that this checker reads. */
export const EVENT_FORMAT = 1;

const cause = z.object({ task: z.string(), register: z.string().optional(), value: z.string().optional() });

const diff = z.object({
  before: z.json().optional(),
  after: z.json().optional(),
  prepared: z.json().optional(),
  file: z.string().optional(),
  dst_binary: z.json().optional(),
  src_binary: z.json().optional(),
  dst_larger: z.json().optional(),
  src_larger: z.json().optional(),
  omitted: z.number().optional(),
  secret: z.boolean().optional(),
});

const task = z.object({
  event: z.literal('task'),
  outcome: z.enum(['ok', 'changed', 'failed', 'skipped', 'unreachable']),
  host: z.string().min(1),
  name: z.string(),
  action: z.string().min(1),
  play: z.string(),
  file: z.string().optional(),
  line: z.int().positive().optional(),
  item: z.string().optional(),
  delegated: z.string().optional(),
  handler: z.boolean().optional(),
  no_log: z.boolean().optional(),
  ran: z.boolean().optional(),
  changed_when: z.boolean().optional(),
  depends: cause.optional(),
  missing: cause.optional(),
  ignored: z.boolean().optional(),
  rescued: z.boolean().optional(),
  skip: z.enum(['condition', 'empty', 'check_mode', 'no_log']).optional(),
  message: z.string().optional(),
  diff: z.array(diff).optional(),
});

export const eventSchema: z.ZodType<AnsibleEvent> = z.discriminatedUnion('event', [
  task,
  z.object({ event: z.literal('start'), format: z.number(), ansible: z.string() }),
  z.object({ event: z.literal('no_hosts'), play: z.string(), pattern: z.string(), unknown: z.array(z.string()) }),
  z.object({ event: z.literal('play_aborted'), play: z.string(), hosts: z.array(z.string()) }),
  z.object({
    event: z.literal('not_reached'),
    index: z.int().nonnegative(),
    play: z.string(),
    hosts: z.array(z.string()),
  }),
  z.object({ event: z.literal('error'), message: z.string() }),
  z.object({ event: z.literal('end'), events: z.int().nonnegative() }),
]);
