import type { Change, Json } from '../../src/drift.ts';
import { diffValues } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { preparedChanges, textChanges } from '../hosts/text-changes.ts';
import type { AnsibleDiff, TaskEvent } from './event.ts';

/** The diffs that a module told, as changes: texts line by line, attributes by name, each file under its own name. */
export function diffChanges({ diff = [], no_log }: Pick<TaskEvent, 'diff' | 'no_log'>): Change[] {
  if (no_log === true) return [{ op: 'replace', path: '', live: SENSITIVE, desired: SENSITIVE }];
  const files = new Set(diff.map(({ file }) => file).filter((file) => file !== undefined));
  return diff.flatMap((entry) => oneDiff(entry, files.size > 1 ? [entry.file ?? ''] : []));
}

const SENSITIVE = { kind: 'sensitive' } as const;

function oneDiff(diff: AnsibleDiff, prefix: readonly string[]): Change[] {
  const path = [...prefix, 'content'];
  const change: Change = { op: 'replace', path: toPointer(path) };
  if (diff.secret === true) return [{ ...change, live: SENSITIVE, desired: SENSITIVE }];
  // Binary, or more than Ansible or we hand on: that it differs is all that is known.
  if ((diff.omitted ?? diff.dst_binary ?? diff.src_binary ?? diff.dst_larger ?? diff.src_larger) !== undefined) {
    return [change];
  }
  const prepared = typeof diff.prepared === 'string' ? preparedChanges(diff.prepared, path) : [];
  return [...prepared, ...sidesChanges(diff, prefix)];
}

function sidesChanges(diff: AnsibleDiff, prefix: readonly string[]): Change[] {
  if (diff.before === undefined || diff.after === undefined) return [];
  const live = diff.before ?? '';
  const desired = diff.after ?? '';
  if (isText(live) && isText(desired)) {
    const file = diff.file === undefined ? {} : { file: diff.file };
    return textChanges({ live, desired, ...file, path: [...prefix, 'content'] });
  }
  return attributeChanges(live, desired, prefix);
}

function attributeChanges(live: Json, desired: Json, prefix: readonly string[]): Change[] {
  return diffValues(live, desired).map((change) => Object.assign(change, { path: toPointer(prefix) + change.path }));
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}
