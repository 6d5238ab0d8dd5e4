import type { Json } from '../../src/checker.ts';
import type { Piece } from './piece-reader.ts';
import { readOptionalObject, type JsonObject } from './json-reader.ts';

/** Shorter ones would mask half of everything. */
const MIN_TEXT = 4;
const MIN_NUMBER = 6;

/**
 * Hands over every value that the plan marks as sensitive, each once: a copy of it in a computed attribute or in an error
 * message stands unmarked.
 */
export class PlanSecrets {
  readonly #found = new Set<string>();
  readonly #secret: (value: string) => void;
  #variables: Json | undefined;
  #configuration: Json | undefined;

  constructor(secret: (value: string) => void) {
    this.#secret = secret;
  }

  /** Looks for secrets in a piece of the plan. */
  take({ path, value }: Piece): void {
    const [section] = path;
    const found = new Set<string>();
    if (section === 'variables') this.#variables = value;
    else if (section === 'configuration') this.#configuration = value;
    else if (section === 'resource_changes' || section === 'resource_drift')
      fromChange(childOf(value, 'change'), found);
    else if (section === 'output_changes') fromChange(value, found);
    else if (section === 'prior_state') marked(childOf(value, 'values'), childOf(value, 'sensitive_values'), found);
    this.#tell(found);
  }

  /** What the configuration says of variables is known at the end of the plan. */
  end(): void {
    const found = new Set<string>();
    const declared = childOf(childOf(this.#configuration, 'root_module'), 'variables');
    for (const [name, variable] of Object.entries(readOptionalObject(this.#variables, 'variables')))
      if (childOf(childOf(declared, name), 'sensitive') === true) collect(childOf(variable, 'value'), found);
    this.#tell(found);
  }

  #tell(found: ReadonlySet<string>): void {
    for (const value of found) {
      if (this.#found.has(value)) continue;
      this.#found.add(value);
      this.#secret(value);
    }
  }
}

function fromChange(change: Json | undefined, found: Set<string>): void {
  marked(childOf(change, 'before'), childOf(change, 'before_sensitive'), found);
  marked(childOf(change, 'after'), childOf(change, 'after_sensitive'), found);
}

function marked(value: Json | undefined, mask: Json | undefined, found: Set<string>): void {
  if (value === undefined || mask === undefined || mask === null || mask === false) return;
  if (mask === true) {
    collect(value, found);
    return;
  }
  if (typeof mask !== 'object') return;
  for (const [key, inner] of Object.entries(mask)) marked(childOf(value, key), inner, found);
}

function collect(value: Json | undefined, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.length >= MIN_TEXT && !/^(true|false|null)$/.test(value)) found.add(value);
  } else if (typeof value === 'number') {
    if (String(value).length >= MIN_NUMBER) found.add(String(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) collect(inner, found);
  }
}

function childOf(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as JsonObject)[key];
}
