import { matchesGlob } from '../../../src/diff/glob.ts';
import { toPointer } from '../../../src/diff/json-pointer.ts';
import { pointerIn, pointerOf } from '../normalise/field-path.ts';
import type { Finding } from '../normalise/finding.ts';
import type { KubeObject, ResourceKind } from '../observation.ts';
import type { Evidence } from '../ownership/undeclared.ts';
import { isPointer, isWithin } from './annotations.ts';
import { parseJqPath, type JqPath } from './jq-path.ts';

/** One entry of Argo CD's `ignoreDifferences`. `group`, `kind`, `name` and `namespace` may be globs. */
export interface IgnoreDifference {
  readonly group?: string | undefined;
  readonly kind: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly jsonPointers?: readonly string[] | undefined;
  readonly jqPathExpressions?: readonly string[] | undefined;
  readonly managedFieldsManagers?: readonly string[] | undefined;
}

/** The rules for one kind. */
export interface IgnoreRules {
  /** Which findings of an object they cover. */
  forObject(
    objects: { readonly desired: KubeObject; readonly live: KubeObject },
    evidence: () => Evidence,
  ): (finding: Finding) => boolean;
}

interface CompiledRule extends IgnoreDifference {
  readonly pointers: readonly string[];
  readonly expressions: readonly JqPath[];
}

interface IgnoreOptions {
  readonly ignore_differences?: readonly IgnoreDifference[] | undefined;
}

const compiledByOptions = new WeakMap<IgnoreOptions, readonly CompiledRule[]>();

/** The user's rules that can apply to a kind; compiled once per options. */
export function ignoreRulesFor(options: IgnoreOptions, { group, kind }: ResourceKind): IgnoreRules {
  let compiled = compiledByOptions.get(options);
  if (compiled === undefined)
    compiledByOptions.set(options, (compiled = (options.ignore_differences ?? []).map(compile)));
  const rules = compiled.filter((rule) => isMatch(rule.group, group) && isMatch(rule.kind, kind));
  return {
    forObject: (objects, evidence) => {
      const { namespace = '', name } = objects.live.metadata;
      const matching = rules.filter((rule) => isMatch(rule.name, name) && isMatch(rule.namespace, namespace));
      return matching.length === 0 ? () => false : coveredBy(matching, objects, evidence);
    },
  };
}

/** A rule that cannot be read. */
export interface IgnoreRuleError {
  /** In the list of rules: `[0, 'jsonPointers', 1]`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong with the rules: empty when all can be read. For the options' own validation. */
export function ignoreRuleErrors(rules: readonly IgnoreDifference[]): IgnoreRuleError[] {
  return rules.flatMap(({ jsonPointers = [], jqPathExpressions = [] }, rule) => [
    ...jsonPointers.flatMap((pointer, index) =>
      isPointer(pointer) ? [] : { path: [rule, 'jsonPointers', index], message: notAPointer(pointer) },
    ),
    ...jqPathExpressions.flatMap((text, index) => {
      const message = jqError(text);
      return message === undefined ? [] : { path: [rule, 'jqPathExpressions', index], message };
    }),
  ]);
}

function notAPointer(text: string): string {
  return `expected a JSON Pointer such as /spec/replicas, got ${JSON.stringify(text)}`;
}

function jqError(text: string): string | undefined {
  try {
    parseJqPath(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Throws what `ignoreRuleErrors` finds: the options' validation comes before. */
function compile(rule: IgnoreDifference): CompiledRule {
  const { jsonPointers = [], jqPathExpressions = [] } = rule;
  return { ...rule, pointers: jsonPointers, expressions: jqPathExpressions.map(parseJqPath) };
}

function coveredBy(
  rules: readonly CompiledRule[],
  { desired, live }: { readonly desired: KubeObject; readonly live: KubeObject },
  evidence: () => Evidence,
): (finding: Finding) => boolean {
  const pointers = rules.flatMap((rule) => rule.pointers.map(foldedPointer));
  const selectedIn = (object: KubeObject): string[] =>
    rules.flatMap(({ expressions }) => expressions.flatMap((expression) => expression(object).map(toPointer)));
  const selected = { live: selectedIn(live), desired: selectedIn(desired) };
  const managers = new Set(rules.flatMap((rule) => rule.managedFieldsManagers ?? []));
  return (finding) =>
    isWithinAny(pointerOf(finding.path), pointers) ||
    isWithinAny(pointerIn('live', finding.path), selected.live) ||
    isWithinAny(pointerIn('desired', finding.path), selected.desired) ||
    (managers.size > 0 && isOwnedBy(managers, finding, evidence()));
}

function isWithinAny(pointer: string | undefined, ancestors: readonly string[]): boolean {
  return pointer !== undefined && ancestors.some((ancestor) => isWithin(pointer, ancestor));
}

/** A Secret's clear text is stored, and compared, as its data. */
function foldedPointer(pointer: string): string {
  return pointer.replace(/^\/stringData(?=\/|$)/, '/data');
}

function isOwnedBy(managers: ReadonlySet<string>, { path }: Finding, { owners }: Evidence): boolean {
  return owners.of(path).some(({ manager }) => managers.has(manager));
}

function isMatch(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || pattern === '' || matchesGlob(pattern, text);
}
