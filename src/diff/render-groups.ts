import { ACTION_WORDS } from './render-words.ts';
import { plural, sinceWords } from './render-duration.ts';
import { capped, safeLine } from './render-safe-text.ts';
import type { Action, Change } from '../drift.ts';

/** What the renderers need of a group. */
export interface RenderedGroup {
  readonly fingerprint: string;
  readonly type: string;
  readonly action: Action;
  readonly checks: readonly string[];
  readonly resources: number;
  readonly members: readonly { readonly check: string; readonly address: string }[];
  /** ISO 8601. */
  readonly since?: string;
  readonly changes: readonly Pick<Change, 'path'>[];
}

const NAMED = 3;

/** `the same drift on 37 checks`. */
export function groupTitle({ checks }: Pick<RenderedGroup, 'checks'>): string {
  const [only] = checks;
  return checks.length === 1 && only !== undefined
    ? `on ${safeLine(only)} alone`
    : `the same drift on ${checks.length} checks`;
}

/** `apps/Deployment/shop/web differs (Deployment) at /spec/replicas`. */
export function groupSubject({ type, action, members, resources, changes }: RenderedGroup): string {
  const addresses = new Set(members.map(({ address }) => address));
  const [first = ''] = addresses;
  const what = addresses.size === 1 ? safeLine(first) : `${plural(resources, 'resource')} such as ${safeLine(first)}`;
  const fields = capped(changes.map(({ path }) => safeLine(path) || 'the whole resource').join(', '), 200);
  return `${what} (${safeLine(type)}) ${ACTION_WORDS[action]}${fields === '' ? '' : ` at ${fields}`}`;
}

/** `prod-1, prod-2, prod-3 and 34 more`. */
export function groupChecks({ checks }: Pick<RenderedGroup, 'checks'>): string {
  const more = checks.length - NAMED;
  const named = checks.slice(0, NAMED).map(safeLine).join(', ');
  return more > 0 ? `${named} and ${more} more` : named;
}

/** One line a group: plain, or a Markdown list. */
export function renderGroups(
  groups: readonly RenderedGroup[],
  { now, distinct, format }: { readonly now: Date; readonly distinct: number; readonly format: 'text' | 'markdown' },
): string {
  if (groups.length === 0) return 'No drift matches.\n';
  const lines = groups.map((group) => groupLine(group, now, format));
  const left = distinct - groups.length;
  return [...lines, ...(left > 0 ? [`… and ${plural(left, 'more fingerprint')}`] : [])]
    .map((line) => `${line}\n`)
    .join('');
}

function groupLine(group: RenderedGroup, now: Date, format: 'text' | 'markdown'): string {
  const { fingerprint, checks, since } = group;
  const first = since === undefined ? '' : `, first seen ${sinceWords(since, now)} ago (${since})`;
  const names = checks.length > 1 ? `: ${groupChecks(group)}` : '';
  if (format === 'text') return `${fingerprint}  ${groupTitle(group)}${names}; ${groupSubject(group)}${first}`;
  const escape = (text: string): string => text.replaceAll(/[\\`*_[\]<>|#~]/g, String.raw`\$&`);
  return `- **${escape(groupTitle(group))}**${escape(names)}; ${escape(groupSubject(group))}${first} (\`${fingerprint}\`)`;
}
