import { CheckError } from '../../../src/checker.ts';

export type LabelSelector = (labels: Readonly<Record<string, string>>) => boolean;

const KEY = String.raw`[A-Za-z0-9./_-]+`;
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s+\(([^()]*)\)$`);
const EQUALITY = new RegExp(String.raw`^(${KEY})\s*(==|=|!=)\s*([A-Za-z0-9._-]*)$`);
const EXISTENCE = new RegExp(String.raw`^(!?)\s*(${KEY})$`);

/** A label selector as kubectl takes it: `app=web,tier in (a,b),!canary`. Throws CheckError. */
export function parseLabelSelector(text: string): LabelSelector {
  const parts = text.split(/,(?![^(]*\))/).map((part) => requirement(part.trim()));
  return (labels) => parts.every((part) => part(labels));
}

function requirement(text: string): LabelSelector {
  const [, key = '', operator, value = ''] = SET.exec(text) ?? EQUALITY.exec(text) ?? [];
  if (operator === undefined) return existence(text);
  const values = new Set(value.split(',').map((one) => one.trim()));
  const isWanted = operator === 'in' || operator === '=' || operator === '==';
  return (labels) => {
    const actual = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return isWanted ? actual !== undefined && values.has(actual) : actual === undefined || !values.has(actual);
  };
}

function existence(text: string): LabelSelector {
  const [, not, key] = EXISTENCE.exec(text) ?? [];
  if (key === undefined) {
    throw new CheckError(
      'invalid',
      `extra.selector: expected a label selector such as app=web, got ${JSON.stringify(text)}`,
    );
  }
  return (labels) => Object.hasOwn(labels, key) === (not === '');
}
