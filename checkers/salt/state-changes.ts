import type { Action, Change, FieldValue, Json } from '../../src/checker.ts';
import { known } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { isSensitiveFile, maskSensitiveText } from '../hosts/sensitive-text.ts';
import { preparedChanges } from '../hosts/text-changes.ts';
import type { StateReturn } from './state-return.ts';

/**
 * What a state would change. Salt has no one form: a diff, `{ old, new }` pairs, or only what it would set. Many states
 * tell nothing in test mode but a comment (`user.present`, `ini.options_present`): that is one change at `/would`.
 */
export function stateChanges(state: StateReturn): Change[] {
  const hidden = isSensitiveFile(state.name);
  const changes = Object.entries(state.changes).flatMap(([key, value]) => changesAt([key], value, hidden));
  const said = state.comment.trim();
  if (changes.length > 0 || said === '') return changes;
  return [{ op: 'replace', path: '/would', desired: fieldOf(said, hidden) }];
}

/** `file.recurse` keys its changes by file, so that any part of the path may name a secret one. */
function changesAt(path: readonly string[], value: Json, within: boolean): Change[] {
  const hidden = within || isSensitiveFile(path.at(-1) ?? '');
  if (path.at(-1) === 'diff' && typeof value === 'string') return contentChanges(path, value, hidden);
  const pair = asPair(value);
  if (pair !== undefined) return [pairChange(path, pair, hidden)];
  if (isRecord(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, inner]) => changesAt([...path, key], inner, hidden));
  }
  return [{ op: 'replace', path: toPointer(path), desired: fieldOf(value, hidden) }];
}

function contentChanges(path: readonly string[], diff: string, hidden: boolean): Change[] {
  const at = [...path.slice(0, -1), 'content'];
  if (hidden || /^<(no_?show|show_changes|Obfuscated)/i.test(diff)) {
    return [{ op: 'replace', path: toPointer(at), live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } }];
  }
  if (diff === BINARY) return [{ op: 'replace', path: toPointer(at), live: UNKNOWN, desired: UNKNOWN }];
  return preparedChanges(withoutBlankHeaders(diff), at);
}

/** What Salt says instead of a diff of binary files. */
const BINARY = 'Replace binary file';
const UNKNOWN = { kind: 'unknown' } as const;

/** `file.append` ends the header lines of its diff twice. */
function withoutBlankHeaders(diff: string): string {
  return diff.replace(/^--- \n\n\+\+\+ \n\n/, '--- \n+++ \n').replaceAll(/^(@@ .* @@)\n\n/gm, '$1\n');
}

interface Pair {
  readonly old: Json;
  readonly new: Json;
}

function asPair(value: Json): Pair | undefined {
  if (!isRecord(value) || !('old' in value || 'new' in value)) return undefined;
  if (Object.keys(value).some((key) => key !== 'old' && key !== 'new')) return undefined;
  return { old: value['old'] ?? null, new: value['new'] ?? null };
}

function pairChange(path: readonly string[], pair: Pair, hidden: boolean): Change {
  const at = toPointer(path);
  if (isPackageMarker(pair)) return { op: 'replace', path: at, desired: fieldOf(pair.new, hidden) };
  if (isNothing(pair.old)) return { op: 'add', path: at, desired: fieldOf(pair.new, hidden) };
  if (isNothing(pair.new)) return { op: 'remove', path: at, live: fieldOf(pair.old, hidden) };
  return { op: 'replace', path: at, live: fieldOf(pair.old, hidden), desired: fieldOf(pair.new, hidden) };
}

/** In test mode `pkg` states tell neither version: the old one is empty also where one is installed. */
function isPackageMarker(pair: Pair): boolean {
  return pair.old === '' && (pair.new === 'installed' || pair.new === 'removed');
}

function isNothing(value: Json): boolean {
  return value === null || value === '';
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldOf(value: Json, hidden: boolean): FieldValue {
  if (hidden) return { kind: 'sensitive' };
  return known(typeof value === 'string' ? maskSensitiveText(value) : value);
}

/** Not `installed/updated`, which Salt says of both. */
const CREATES =
  /set (for creation|to be (created|added|copied|installed))|would (be|have been) (created|added|installed(?!\/))/i;

/** From the state's function where that tells, and from what Salt says of the change. */
export function actionOf({ type, changes, comment }: StateReturn): Action {
  if (/\.(absent|removed|purged|dead|disabled)$/.test(type)) return 'delete';
  if ('removed' in changes && Object.keys(changes).length === 1) return 'delete';
  if ('newfile' in changes || JSON.stringify(changes).includes('"directory":"new"')) return 'create';
  return CREATES.test(comment) ? 'create' : 'update';
}
