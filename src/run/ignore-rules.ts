import type { IgnoreRuleConfig } from '../config/config.ts';
import { matchesGlob } from '../diff/glob.ts';
import { parsePointer } from '../diff/json-pointer.ts';
import type { Change, ResourceDrift } from '../drift.ts';
import type { Suppressed } from './result.ts';

export interface IgnoreRules {
  /** What is left of a drift: all of it, less of its changes, or nothing. Rules that have expired at `now` do nothing. */
  apply(found: {
    readonly check: string;
    readonly checker: string;
    readonly drift: ResourceDrift;
    readonly now: Date;
  }): Verdict;
}

export interface Verdict {
  readonly drift?: ResourceDrift;
  readonly suppressed?: Suppressed;
  /** Names of the rules that took something away. */
  readonly rules: readonly string[];
}

interface Rule {
  readonly name: string;
  readonly expiresAt: number;
  matches(found: { readonly check: string; readonly checker: string; readonly drift: ResourceDrift }): boolean;
  /** Absent: the rule takes the whole resource. */
  readonly covers?: (path: string) => boolean;
}

/** Compiles the rules once; every glob is matched in full, and `*` crosses slashes. */
export function createIgnoreRules(configs: readonly IgnoreRuleConfig[]): IgnoreRules {
  const rules = configs.map(compile);
  return {
    apply: ({ check, checker, drift, now }) => {
      const applying = rules.filter(
        (rule) => rule.expiresAt >= now.getTime() && rule.matches({ check, checker, drift }),
      );
      return applying.length === 0 ? { drift, rules: [] } : reduce(drift, applying);
    },
  };
}

function reduce(drift: ResourceDrift, rules: readonly Rule[]): Verdict {
  const whole = rules.find(({ covers }) => covers === undefined);
  if (whole !== undefined) return { suppressed: suppressedBy(drift, whole), rules: [whole.name] };
  const taken = new Set<Rule>();
  const changes = drift.changes.filter((change) => !takenAway(change, rules, taken));
  const names = [...taken].map(({ name }) => name);
  const [first] = taken;
  if (first === undefined) return { drift, rules: [] };
  return changes.length === 0
    ? { suppressed: suppressedBy(drift, first), rules: names }
    : { drift: { ...drift, changes }, rules: names };
}

function takenAway({ path }: Change, rules: readonly Rule[], taken: Set<Rule>): boolean {
  const covering = rules.filter(({ covers }) => covers?.(path) === true);
  for (const rule of covering) taken.add(rule);
  return covering.length > 0;
}

function suppressedBy({ address, type }: ResourceDrift, { name }: Rule): Suppressed {
  return { address, type, rule: name };
}

function compile({ name, match, expiresAt }: IgnoreRuleConfig): Rule {
  const check = glob(match.check);
  const checker = glob(match.checker);
  const type = glob(match.type);
  const address = glob(match.address);
  const scope = glob(match.scope);
  return {
    name,
    expiresAt: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
    matches: ({ check: checkName, checker: checkerName, drift }) =>
      check(checkName) &&
      checker(checkerName) &&
      type(drift.type) &&
      address(drift.address) &&
      (match.scope === undefined || scope(drift.scope ?? '')) &&
      (match.action === undefined || match.action === drift.action) &&
      (match.cause === undefined || match.cause === drift.cause),
    ...(match.path !== undefined && { covers: pathMatcher(match.path) }),
  };
}

/** Addresses are full of brackets and slashes that mean themselves: only * and ? are special. */
function glob(pattern: string | undefined): (text: string) => boolean {
  return pattern === undefined ? () => true : (text) => matchesGlob(pattern, text);
}

/**
 * A pointer covers its field and all below; `*` is one token (or part of one), `**` any number of tokens. Time is at most
 * the product of both lengths.
 */
function pathMatcher(pattern: string): (path: string) => boolean {
  const tokens = parsePointer(pattern);
  return (path) => {
    const words = parsePointer(path);
    // Where in the path the rest of the pattern may begin.
    let places = [0];
    for (const token of tokens) {
      if (token === '**') places = words.flatMap((_, at) => (at >= (places[0] ?? words.length) ? [at] : []));
      else places = places.filter((at) => at < words.length && matchesGlob(token, words[at] ?? '')).map((at) => at + 1);
    }
    return places.length > 0;
  };
}
