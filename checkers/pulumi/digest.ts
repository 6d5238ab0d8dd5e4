import { z } from 'zod';
import { CheckError, type Json } from '../../src/checker.ts';

/** A resource's state in a preview, in the fields that are used. */
export interface PulumiState {
  readonly inputs?: Readonly<Record<string, Json>> | null | undefined;
  readonly outputs?: Readonly<Record<string, Json>> | null | undefined;
  readonly additionalSecretOutputs?: readonly string[] | null | undefined;
}

export interface PulumiStep {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: PulumiState | null | undefined;
  readonly newState?: PulumiState | null | undefined;
  readonly diffReasons?: readonly string[] | null | undefined;
  readonly replaceReasons?: readonly string[] | null | undefined;
  readonly detailedDiff?: Readonly<Record<string, { readonly kind: string }>> | null | undefined;
}

export interface PulumiDiagnostic {
  readonly urn?: string | undefined;
  readonly message: string;
  readonly severity: string;
}

/** What `pulumi preview --json` prints. */
export interface PulumiDigest {
  readonly steps: readonly PulumiStep[];
  readonly diagnostics: readonly PulumiDiagnostic[];
  /** Absent when the preview did not come to its end. */
  readonly changeSummary?: Readonly<Record<string, number>> | undefined;
}

const properties = z.record(z.string(), z.json()).nullish();
const state = z
  .object({ inputs: properties, outputs: properties, additionalSecretOutputs: z.array(z.string()).nullish() })
  .nullish();
const reasons = z.array(z.string()).nullish();

const digest = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string().regex(/^urn:pulumi:.+::.+::.+::/, 'expected a URN'),
        oldState: state,
        newState: state,
        diffReasons: reasons,
        replaceReasons: reasons,
        detailedDiff: z.record(z.string(), z.object({ kind: z.string() })).nullish(),
      }),
    )
    .nullish()
    .transform((steps) => steps ?? []),
  diagnostics: z
    .array(
      z.object({ urn: z.string().optional(), message: z.string().default(''), severity: z.string().default('info') }),
    )
    .nullish()
    .transform((all) => all ?? []),
  changeSummary: z.record(z.string(), z.number()).optional(),
});

/** Reads what a preview printed. Throws CheckError; shows no value of it. */
export function readDigest(stdout: string, stack: string): PulumiDigest {
  const start = stdout.indexOf('{');
  if (start === -1) {
    const got = stdout.trim() === '' ? 'nothing' : `${stdout.length} characters`;
    throw new CheckError('bad_output', `${stack}: expected the JSON of a preview, got ${got}`, { address: stack });
  }
  const parsed = digest.safeParse(parse(stdout.slice(start), stack));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the document' : issue.path.join('.');
  throw new CheckError('bad_output', `${stack}: expected the JSON of a preview: ${where}: ${issue?.message ?? ''}`, {
    address: stack,
  });
}

function parse(text: string, stack: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `${stack}: expected the JSON of a preview; it is cut off or has something else in it`;
    throw new CheckError('bad_output', message, { address: stack, cause: error });
  }
}
