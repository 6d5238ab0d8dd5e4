import type { Change, FieldValue } from '../drift.ts';
import { parsePointer } from './json-pointer.ts';
import type { ReportedCheck } from './render-reported.ts';
import { capped, safeLine } from './render-safe-text.ts';
import { failureLines } from './render-text.ts';

/** One field of one object in two environments. */
export interface ParityRow {
  readonly address: string;
  /** JSON Pointer, with names of list items. */
  readonly path: string;
  /** Absent where this side does not have it. */
  readonly left?: FieldValue;
  readonly right?: FieldValue;
  readonly same: boolean;
  /** Why it may differ. */
  readonly allowed?: string;
}

/** Every value that a check of checker `compare` was asked to show, the same or not. */
export function parityRows({ notices, drift }: Pick<ReportedCheck, 'notices' | 'drift'>): ParityRow[] {
  const different = new Set(drift.flatMap(({ address, changes }) => changes.map(({ path }) => `${address} ${path}`)));
  const allowed = new Map(
    notices
      .filter(({ kind }) => kind === 'allowed_difference')
      .flatMap(({ address = '', message, changes = [] }) =>
        changes.map(({ path }) => [`${address} ${path}`, message] as const),
      ),
  );
  return notices
    .filter(({ kind }) => kind === 'compared_values')
    .flatMap(({ address = '', changes = [] }) =>
      changes.map(({ path, live, desired }: Change) => {
        const reason = allowed.get(`${address} ${path}`);
        return {
          address,
          path,
          ...(desired !== undefined && { left: desired }),
          ...(live !== undefined && { right: live }),
          same: reason === undefined && !different.has(`${address} ${path}`),
          ...(reason !== undefined && { allowed: reason }),
        };
      }),
    );
}

/**
 * What `drift-exporter compare --fields` prints: the table, and below it what could not be read. JSON is
 * `{ generatedAt, rows, failures }`.
 */
export function renderParity(checks: readonly ReportedCheck[], format: 'text' | 'json' | 'markdown'): string {
  const rows = checks.flatMap(parityRows);
  const failures = checks.flatMap((check) => check.failures);
  if (format === 'json') {
    return `${JSON.stringify({ generatedAt: new Date().toISOString(), rows, failures }, null, 2)}\n`;
  }
  const lines = failures.map((failure) => `${format === 'text' ? '!' : '-'} ${failureLines(failure).join('\n')}\n`);
  return [renderParityTable(rows, format), ...lines].join(lines.length > 0 ? '\n' : '');
}

const HEAD = ['object', 'field', 'left', 'right', 'same'] as const;

/** The rows as a table in columns, or in Markdown. */
function renderParityTable(rows: readonly ParityRow[], format: 'text' | 'markdown'): string {
  const cells = rows.map(cellsOf);
  if (format === 'markdown') {
    const escaped = cells.map((row) =>
      row.map((cell) => cell.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;')),
    );
    return [HEAD, HEAD.map(() => '---'), ...escaped].map((row) => `| ${row.join(' | ')} |\n`).join('');
  }
  const widths = HEAD.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)));
  return [HEAD, ...cells]
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function cellsOf({ address, path, left, right, same, allowed }: ParityRow): readonly string[] {
  const field = parsePointer(path).slice(-2).join(' ');
  const verdict = allowed === undefined ? (same ? 'yes' : 'no') : `no: ${allowed}`;
  return [address, field, textOf(left), textOf(right), verdict].map((cell) => capped(safeLine(cell), 120));
}

function textOf(value: FieldValue | undefined): string {
  if (value === undefined) return '-';
  if (value.kind !== 'known') return `(${value.kind})`;
  return typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
}
