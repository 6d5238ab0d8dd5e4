import { ACTION_WORDS, CAUSE_WORDS, STATUS_WORDS } from '../../diff/render-words.ts';
import { ACTIONS, CAUSES, STATUSES } from '../../drift.ts';
import type { BoardEntry } from '../../run/board.ts';
import type { DiffQuery } from '../diff-query.ts';
import { html, type Html } from './html.ts';

export interface FilterFormOptions {
  readonly action: string;
  readonly query: DiffQuery;
  /** Absent on the page of one check: only filters on resources then. */
  readonly entries?: readonly BoardEntry[];
  /** Sent along unchanged. */
  readonly hidden?: Readonly<Record<string, string>>;
}

const MOST_LABELS = 4;
const MOST_VALUES = 50;

/** Filters as a form that works by reloading. Those of resources are folded until one is used. */
export function filterForm({ action, query, entries, hidden = {} }: FilterFormOptions): Html {
  const { filters, sort } = query;
  const kept = { ...hidden, ...(sort !== 'severity' && { sort }) };
  return html`<form class="filters" method="get" action="${action}" role="search" aria-label="Filter">
    ${Object.entries(kept).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    ${entries !== undefined && checkFields(filters, entries)}
    ${entries === undefined ? resourceFields(filters) : html`<details${filters.size > 0 && [...filters.keys()].some(isResource) && html` open`}><summary>Filter resources</summary><div class="fields">${resourceFields(filters)}</div></details>`}
    <div class="buttons">
      <button type="submit">Filter</button
      >${filters.size > 0 && html` <a href="${action}${hiddenQuery(hidden)}">Clear</a>`}
    </div>
  </form>`;
}

function isResource(name: string): boolean {
  return ['type', 'address', 'action', 'cause'].includes(name);
}

function hiddenQuery(hidden: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(hidden).toString();
  return text === '' ? '' : `?${text}`;
}

type Filters = DiffQuery['filters'];

function checkFields(filters: Filters, entries: readonly BoardEntry[]): Html {
  const checkers = [...new Set(entries.map(({ config }) => config.checker))].sort();
  return html`${textField(filters, 'check', 'Check', 'prod-*')}
  ${select(
    filters,
    'status',
    'Status',
    STATUSES.map((status) => [status, STATUS_WORDS[status]] as const),
  )}
  ${select(
    filters,
    'checker',
    'Checker',
    checkers.map((name) => [name, name] as const),
  )}
  ${labelsOf(entries).map(([name, values]) =>
    select(
      filters,
      `label.${name}`,
      name,
      values.map((value) => [value, value] as const),
    ),
  )}`;
}

function resourceFields(filters: Filters): Html {
  return html`${textField(filters, 'address', 'Address', '*web*')} ${textField(filters, 'type', 'Type', 'Deployment')}
  ${select(
    filters,
    'action',
    'Differs by',
    ACTIONS.map((action) => [action, ACTION_WORDS[action]] as const),
  )}
  ${select(
    filters,
    'cause',
    'Cause',
    CAUSES.map((cause) => [cause, CAUSE_WORDS[cause]] as const),
  )}`;
}

/** The labels that tell checks apart best: fewest values first, one value alone tells nothing. */
function labelsOf(entries: readonly BoardEntry[]): readonly (readonly [string, readonly string[]])[] {
  const values = new Map<string, Set<string>>();
  for (const { config } of entries) {
    for (const [name, value] of Object.entries(config.labels)) {
      const known = values.get(name) ?? new Set<string>();
      values.set(name, known.add(value));
    }
  }
  return [...values]
    .filter(([, known]) => known.size > 1 && known.size <= MOST_VALUES)
    .sort(([, a], [, b]) => a.size - b.size)
    .slice(0, MOST_LABELS)
    .map(([name, known]) => [name, [...known].sort()] as const);
}

function textField(filters: Filters, name: string, label: string, placeholder: string): Html {
  const value = filters.get(name)?.[0] ?? '';
  return html`<label
    >${label}
    <input
      type="text"
      name="${name}"
      value="${value}"
      placeholder="${placeholder}"
      autocomplete="off"
      spellcheck="false"
  /></label>`;
}

function select(filters: Filters, name: string, label: string, choices: readonly (readonly [string, string])[]): Html {
  const chosen = filters.get(name)?.[0];
  const known = chosen === undefined || choices.some(([value]) => value === chosen);
  const all = known ? choices : [...choices, [chosen, chosen] as const];
  return html`<label
    >${label}
    <select name="${name}">
      <option value="">any</option>
      ${all.map(
        ([value, text]) => html`<option value="${value}" ${value === chosen && html` selected`}>${text}</option>`,
      )}
    </select></label
  >`;
}
