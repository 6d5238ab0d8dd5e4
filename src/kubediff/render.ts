import { formatPatch, structuredPatch } from 'diff';
import type { Change, Failure, FieldValue, ResourceDrift } from '../drift.ts';
import { parsePointer } from '../diff/json-pointer.ts';
import type { ApiVersionAt } from './api-version.ts';
import { safeText } from '../diff/render-safe-text.ts';

/** What kubediff reads of a result. */
export interface KubediffResult {
  readonly drift: readonly ResourceDrift[];
  readonly failures: readonly Failure[];
}

/** One difference, as kubediff counted them. */
export interface KubediffDifference {
  /** As it was given on the command line. */
  readonly file: string;
  /** `default/web (Deployment.v1.apps)`. */
  readonly object: string;
  readonly text: string;
}

/**
 * What kubediff would have told: fields that git declares and the cluster has otherwise, objects that it lacks, and what it
 * would not let us read. Fields beside those were none to it.
 */
export function kubediffDifferences(
  { drift, failures }: KubediffResult,
  names: { readonly nameOf: (file: string) => string; readonly apiVersionAt: ApiVersionAt },
): KubediffDifference[] {
  const differences = drift.flatMap((resource) =>
    textsOf(resource).map((text) => ({
      file: fileOf(resource, names.nameOf),
      object: objectOf(resource, names.apiVersionAt),
      text: safeText(text),
    })),
  );
  const unread = failures
    .filter(({ phase }) => phase !== 'source')
    .map(({ reason, message, address = 'UNKNOWN' }) => ({
      file: '',
      object: address,
      text: safeText(`Error from server (${reason}): ${message}`),
    }));
  return [...differences, ...unread];
}

/** As QuietTextPrinter printed. */
export function kubediffText(differences: readonly KubediffDifference[]): string {
  return differences.map(({ object, text }) => `## ${object}\n\n${text}\n`).join('');
}

/** As JSONPrinter printed: differences by file. */
export function kubediffJson(differences: readonly KubediffDifference[]): string {
  const byFile = Map.groupBy(differences, ({ file }) => file);
  const sorted = Array.from(byFile).sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = sorted.map(([file, found]) => [file, found.map(({ text }) => text)] as const);
  return `${JSON.stringify(Object.fromEntries(texts), null, 2)}\n`;
}

function fileOf({ origin }: ResourceDrift, nameOf: (file: string) => string): string {
  return origin === undefined ? '' : nameOf(origin.file);
}

/** `namespace/name (Kind.version.group)`; the core group ends in a dot. */
function objectOf({ address, type, scope = 'default', origin }: ResourceDrift, apiVersionAt: ApiVersionAt): string {
  const apiVersion = origin === undefined ? undefined : apiVersionAt(origin);
  const [version = '', group = ''] = (apiVersion ?? 'v1').split('/').reverse();
  return `${scope}/${address.slice(address.lastIndexOf('/') + 1)} (${type}.${version}.${group})`;
}

function textsOf({ action, changes, type, address }: ResourceDrift): string[] {
  if (action === 'create')
    return [`Error from server (NotFound): ${type} "${address.slice(address.lastIndexOf('/') + 1)}" not found`];
  return changes.flatMap(textOf);
}

function textOf({ op, path, live, desired }: Change): string[] {
  if (op === 'remove') return []; // git does not declare it
  const tokens = parsePointer(path);
  if (op === 'add') {
    const key = tokens.at(-1) ?? '';
    return [`${dotted(tokens.slice(0, -1))}: '${/^\d+$/.test(key) ? `element [${key}]` : key}' missing`];
  }
  const [want, have] = [shown(desired), shown(live)];
  return [
    want.includes('\n')
      ? `${dotted(tokens)}: Diff:\n${unified(dotted(tokens), want, have)}`
      : `${dotted(tokens)}: '${want}' != '${have}'`,
  ];
}

function dotted(tokens: readonly string[]): string {
  return tokens.map((token) => (/^\d+$/.test(token) ? `[${token}]` : `.${token}`)).join('');
}

/** Nothing of a secret, not even its length, which kubediff showed. */
function shown(value: FieldValue | undefined): string {
  if (value === undefined) return 'None';
  if (value.kind !== 'known') return '*****';
  return typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
}

function unified(path: string, want: string, have: string): string {
  const patch = structuredPatch(path, 'running', want, have, '', '', { context: 3 });
  return formatPatch(patch).replace(/^=+\n/, '').replaceAll(/\t$/gm, '').trimEnd();
}
