import type { Logger } from 'pino';
import type { ZodType } from 'zod';
import type { Comparison, Failure, FailurePhase, FailureReason, Json } from './drift.ts';

export type * from './drift.ts';
export { comparisonSchema } from './comparison-schema.ts';

/** The version of this contract. A checker with another one is refused at startup. */
export const CHECKER_API_VERSION = 1;

/**
 * Compares one kind of desired state with what is live. It changes neither, nor the source.
 * All I/O is in `observe`, through its context; `compare` is pure.
 */
export interface Checker<Options = unknown, Observation = unknown> {
  readonly apiVersion: typeof CHECKER_API_VERSION;
  /** `checker:` in the configuration. Lower case letters, digits, `_` and `-`. */
  readonly name: string;
  /** What `options:` accepts. Strict: an unknown key is an error. Every default lives here. */
  readonly options: ZodType<Options>;
  /** Whether `context.input` is understood: desired state given with a request, compared instead of the source. */
  readonly acceptsInput?: boolean;
  /**
   * Reads desired and live state, in pieces of bounded size.
   * Throws CheckError for what it cannot observe; pieces already yielded are kept.
   */
  observe(options: Options, context: CheckContext): AsyncIterable<Observation>;
  /** Judges one piece. No I/O, no clock, no randomness. */
  compare(observation: Observation, options: Options): Comparison;
  /** Finds what checks are made for; each has a key of its own in the entries of `discover`. */
  readonly discoverers?: readonly Discoverer[];
}

/** Finds what checks are made for: clusters, root modules. It changes nothing. */
export interface Discoverer<Options = unknown> {
  /** Its key in an entry of `discover`. Lower case letters, digits and `_`. */
  readonly name: string;
  /** What stands below that key. Strict, like a checker's options. */
  readonly options: ZodType<Options>;
  /** It looks in a source, which an entry of `discover` has to name. */
  readonly needsSource?: boolean;
  /** Values as an item has them: templates are tried with these. A key `*` stands for any key beside the others. */
  readonly example: ItemValues;
  /**
   * Everything there is, without secrets. Throws CheckError when it cannot look: what was found before then stays. What
   * one failure with the address of a group leaves out stays, too.
   */
  discover(options: Options, context: CheckContext): Promise<Discovered>;
}

export interface Discovered {
  readonly items: readonly DiscoveredItem[];
  readonly failures: readonly Failure[];
}

/** What the placeholders of a template stand for. */
export type ItemValues = Readonly<Record<string, Json>>;

export interface DiscoveredItem {
  /** Unique and stable: `prod/eu-1`. For messages, and to know it again. */
  readonly id: string;
  /** What is read as a whole, or not at all: a namespace, a root module. Address of the failure when it is not. */
  readonly group?: string;
  readonly values: ItemValues;
}

/** What a run gives its checker. */
export interface CheckContext {
  /** Name of the check. */
  readonly check: string;
  /** An immutable checkout of the desired state: never write below `dir`. */
  readonly source: { readonly dir: string; readonly revision?: string };
  /** Aborted at the timeout, at shutdown and when the check is removed. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly dirs: {
    /** Private to this run (mode 0700), removed after it. */
    readonly temporary: string;
    /** Kept between the runs of this check, for caches only; may be emptied at any time between runs. */
    readonly check: string;
    /** Shared by all checks of this checker, for caches only; several runs may use it at once. */
    readonly shared: string;
  };
  /** Desired state given with the request (`POST /diff/:check`), to be compared instead of the source. */
  readonly input?: string;
  /**
   * Runs a program without a shell, in a process group of its own, with an allow-listed environment. Every descendant
   * is gone when it settles. Rejects with CheckError: `not_found` (no such program), `exit_code`, `timeout`, `aborted`,
   * `too_large` (output over the limit).
   */
  run(file: string, args: readonly string[], options?: RunOptions): Promise<RunOutput>;
  /** Registers a secret (a password read from a file, a token): wherever it turns up in this run, it is masked. */
  secret(value: string): void;
}

export interface RunOptions {
  /** Default: the source's directory. */
  readonly cwd?: string;
  /** Added to the allow-listed environment. Secrets belong here, never in `args`. `undefined` removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default [0]. Any other code rejects with `exit_code`. `any` accepts all. */
  readonly exitCodes?: readonly number[] | 'any';
  /** This command's exit code is the check's raw exit code; asked with the code where a check has many commands. */
  readonly report?: boolean | ((exitCode: number) => boolean);
  /** Written to standard input, which is closed (and empty) otherwise. */
  readonly input?: string;
  /** Standard output goes to this file instead of memory (`stdout` is then empty). For output of any size. */
  readonly stdoutFile?: string;
  /** Limit of standard output, bytes. Default 32 MiB in memory, 1 GiB in a file. */
  readonly maxOutputBytes?: number;
  /** Reason given when the program is ended by its own limit rather than the run's; milliseconds. */
  readonly timeoutMs?: number;
}

export interface RunOutput {
  readonly exitCode: number;
  readonly stdout: string;
  /** The last 256 KiB. */
  readonly stderr: string;
}

const checkErrorBrand = Symbol.for('drift-exporter.CheckError');

/** Thrown by a checker that cannot observe. Branded, so that it is recognised across copies of the package. */
export class CheckError extends Error {
  override readonly name = 'CheckError';
  readonly reason: FailureReason;
  readonly phase: FailurePhase;
  readonly address: string | undefined;

  constructor(
    reason: FailureReason,
    message: string,
    options: { readonly cause?: unknown; readonly phase?: FailurePhase; readonly address?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperty(this, checkErrorBrand, { value: true });
    this.reason = reason;
    this.phase = options.phase ?? 'observe';
    this.address = options.address;
  }
}

export function isCheckError(error: unknown): error is CheckError {
  return typeof error === 'object' && error !== null && checkErrorBrand in error;
}

/** `failures` entry of a thrown error; anything that is not a CheckError is `internal`. */
export function failureOf(error: unknown): Failure {
  if (!isCheckError(error)) {
    return { phase: 'observe', reason: 'internal', message: error instanceof Error ? error.message : String(error) };
  }
  const { phase, reason, message, address } = error;
  return address === undefined ? { phase, reason, message } : { phase, reason, message, address };
}

/** Types a discoverer. */
export function defineDiscoverer<Options>(discoverer: Discoverer<Options>): Discoverer<Options> {
  return discoverer;
}

/** Types a checker; the default export of a third-party package is its value. */
export function defineChecker<Options, Observation>(
  checker: Checker<Options, Observation>,
): Checker<Options, Observation> {
  return checker;
}
