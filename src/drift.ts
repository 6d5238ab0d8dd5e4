/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One value of a field. `sensitive` has no place to carry a value; `unknown` is known only after an apply. */
export type FieldValue =
  { readonly kind: 'known'; readonly value: Json } | { readonly kind: 'sensitive' } | { readonly kind: 'unknown' };

/**
 * One field of a resource that differs. JSON Patch verbs that lead from live to desired: `add` has no live value,
 * `remove` no desired one. `path` is a JSON Pointer (RFC 6901); the empty pointer is the whole resource.
 */
export interface Change {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly live?: FieldValue;
  readonly desired?: FieldValue;
  /** The tool says that this field makes it delete and create the resource. */
  readonly forcesReplacement?: boolean;
}

export const ACTIONS = ['create', 'update', 'delete', 'replace'] as const;
/** What applying the desired state would do to the resource. */
export type Action = (typeof ACTIONS)[number];

export const CAUSES = ['out_of_band', 'unapplied', 'unknown'] as const;
/** `out_of_band`: the live side moved. `unapplied`: the desired side moved and nobody deployed it. */
export type Cause = (typeof CAUSES)[number];

export const ACTOR_CLASSES = ['human', 'controller', 'pipeline', 'unknown'] as const;
export type ActorClass = (typeof ACTOR_CLASSES)[number];

/** Who moved the live side. `at` is an ISO 8601 time. */
export interface Actor {
  readonly name: string;
  readonly class: ActorClass;
  readonly at?: string;
}

/** One resource that differs. */
export interface ResourceDrift {
  /** The tool's own name of the resource, unique within the check. */
  readonly address: string;
  /** `aws_subnet`, `Deployment`, `File`, `ansible.builtin.copy`. */
  readonly type: string;
  /** The tool's own grouping: namespace, host or module path. */
  readonly scope?: string;
  readonly action: Action;
  readonly cause: Cause;
  readonly actor?: Actor;
  /** Empty when the tool only says that the resource differs. */
  readonly changes: readonly Change[];
  /** Where the desired state of this resource is written: file (relative to the source) and 1-based line. */
  readonly origin?: { readonly file: string; readonly line?: number };
}

export const FAILURE_PHASES = ['source', 'observe', 'compare'] as const;
export type FailurePhase = (typeof FAILURE_PHASES)[number];

/** Every reason a failure can have. Bounded: it becomes a metric label. Checkers add theirs here. */
export const FAILURE_REASONS = [
  'timeout', // the run's time was up
  'aborted', // shutdown, or the check was removed
  'exit_code', // a command ended with a code nobody expected
  'not_found', // a program, file or remote object that must be there is not
  'unreachable', // host, API, backend or git server does not answer
  'unauthenticated', // credentials are missing, wrong or expired
  'forbidden', // credentials are valid but not allowed to read
  'locked', // somebody holds the lock that is needed to read
  'invalid', // the desired state cannot be read: syntax, schema, unknown reference
  'unsupported', // the tool or server cannot do what is needed; its version is too old or too new
  'bad_output', // a tool or server answered something that is not its documented format
  'too_large', // more output or input than the configured limit
  'not_initialised', // a working directory was not prepared and preparing it is switched off
  'missing_variable', // the desired state asks for a value that nobody gave
  'provider_missing', // a plugin the desired state needs could not be found or started
  'dependency', // not evaluated, because something it depends on was not
  'task_failed', // the tool could not evaluate this one resource
  'stale', // what was read is older than allowed
  'storage', // disk full, read-only, no permission, too many open files
  'internal', // a defect in drift-exporter or a checker
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Something we could not know. It makes the status `error`, never drift. */
export interface Failure {
  readonly phase: FailurePhase;
  readonly reason: FailureReason;
  readonly message: string;
  /** The resource, host or kind it is about, where it is about one. */
  readonly address?: string;
}

/** Every kind of notice. Bounded: it becomes a metric label. */
export const NOTICE_KINDS = [
  'outside_change', // changed outside the tool, and nothing would be done about it
  'output', // the last lines a command printed
  'output_changed', // an output value of the tool would change
  'moved',
  'imported',
  'forgotten',
  'deferred',
  'data_read',
  'check_failed', // an assertion written in the desired state does not hold
  'never_converges', // differs in every run by construction
  'duplicate', // declared more than once
  'invalid_field', // declared, but the server does not know the field
  'terminating', // deleted, held by finalizers
  'suspended', // somebody told the tool to leave it alone
  'ignored_error', // failed, and the desired state says to go on
  'triggered', // would be done only because something else differs: a handler, a refresh
  'allowed_difference', // differs, and the configuration says why it may
  'compared_values', // the values of fields that were asked for, on both sides
  'warning', // the tool's own warning
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Worth saying, but neither drift nor failure: it leaves the status alone. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly message: string;
  readonly address?: string;
  readonly changes?: readonly Change[];
}

/** A resource that the tool cannot compare by design (a shell task in check mode). Lowers coverage, not the status. */
export interface NotCompared {
  readonly address: string;
  readonly type: string;
  readonly scope?: string;
  readonly why: string;
}

/** What one piece of observation came to. The engine adds the pieces of a run up. */
export interface Comparison {
  /** How many resources were compared. */
  readonly resources: number;
  readonly drift: readonly ResourceDrift[];
  readonly failures?: readonly Failure[];
  readonly notices?: readonly Notice[];
  readonly notCompared?: readonly NotCompared[];
}

export const STATUSES = ['in_sync', 'drifted', 'error', 'unknown'] as const;
/** `unknown` stands in the store before the first result. */
export type Status = (typeof STATUSES)[number];
/** What a single run can find. */
export type RunStatus = Exclude<Status, 'unknown'>;

/** Exit codes of `drift-exporter check`: the scheme of `terraform plan -detailed-exitcode`. */
export const EXIT_CODES: Readonly<Record<RunStatus, number>> = { in_sync: 0, drifted: 2, error: 1 };

/** The only place a status is derived. A failure beside drift keeps the drift and makes the status `error`. */
export function statusOf(found: {
  readonly drift: readonly unknown[];
  readonly failures: readonly unknown[];
}): RunStatus {
  if (found.failures.length > 0) return 'error';
  return found.drift.length > 0 ? 'drifted' : 'in_sync';
}
