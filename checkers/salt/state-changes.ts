import type { Action, Change, FieldValue, Json } from '../../src/checker.ts';
import { known } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { isSensitiveFile, maskSensitiveText } from '../hosts/sensitive-text.ts';
import { preparedChanges } from '../hosts/text-changes.ts';
import type { StateReturn } from './state-return.ts';

/** What a state would change. Salt has no one form: a diff, `{ old, new }` pairs, or only what it would set. */
export function stateChanges(state: StateReturn): Change[] {
  const hidden = isSensitiveFile(state.name);
  return Object.entries(state.changes).flatMap(([key, value]) => changesAt([key], value, hidden));
}

function changesAt(path: readonly string[], value: Json, hidden: boolean): Change[] {
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
  return preparedChanges(diff, at);
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
  if (isNothing(pair.old)) return { op: 'add', path: at, desired: fieldOf(pair.new, hidden) };
  if (isNothing(pair.new)) return { op: 'remove', path: at, live: fieldOf(pair.old, hidden) };
  return { op: 'replace', path: at, live: fieldOf(pair.old, hidden), desired: fieldOf(pair.new, hidden) };
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

/** From the state's function where that tells, and from what Salt says of the change. */
export function actionOf({ type, changes, comment }: StateReturn): Action {
  if (/\.(absent|removed|purged|dead|disabled)$/.test(type)) return 'delete';
  if ('removed' in changes && Object.keys(changes).length === 1) return 'delete';
  if ('newfile' in changes || JSON.stringify(changes).includes('"directory":"new"')) return 'create';
  return /set (for creation|to be (created|added|installed))|would (be|have been) (created|added|installed)/i.test(
    comment,
  )
    ? 'create'
    : 'update';
}
