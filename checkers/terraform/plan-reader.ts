import { CheckError, type Json } from '../../src/checker.ts';
import { PieceReader, type Handling, type Piece, type Step } from './piece-reader.ts';
import { readList, readObject, readOptionalList, readOptionalObject, readSteps, readString } from './json-reader.ts';
import type { Plan, PlannedChange, RelevantAttribute, ValueChange } from './plan.ts';
import { referenceFreeAttributes } from './reference-free.ts';
import { PlanSecrets } from './plan-secrets.ts';
import { resourceReferences } from './resource-references.ts';

/**
 * Reads `show -json` of a plan piece by piece: what would not change is counted and not kept, what is not used is read
 * over. Minor versions add fields. `secret` is handed every value that the plan marks as sensitive. Throws CheckError
 * `bad_output`, and `unsupported` for another major version.
 */
export class PlanReader {
  readonly #pieces = new PieceReader(handlingOf);
  readonly #reading = newReading();
  readonly #secrets: PlanSecrets;
  #versioned = false;

  constructor(secret: (value: string) => void) {
    this.#secrets = new PlanSecrets(secret);
  }

  /** The next part of the text. */
  read(chunk: Buffer): void {
    this.#take(this.#pieces.read(chunk));
  }

  end(): Plan {
    this.#take(this.#pieces.end());
    if (!this.#versioned) requireVersion(undefined);
    this.#secrets.end();
    const { outputs, ...plan } = this.#reading;
    return { ...plan, outputChanges: Object.fromEntries(outputs) };
  }

  #take(pieces: Iterable<Piece>): void {
    for (const piece of pieces) {
      if (piece.path[0] === 'format_version') this.#versioned = true;
      this.#secrets.take(piece);
      take(piece, this.#reading);
    }
  }
}

/** What has been read so far. */
interface Reading {
  managed: number;
  readonly resourceChanges: PlannedChange[];
  readonly resourceDrift: PlannedChange[];
  readonly relevantAttributes: RelevantAttribute[];
  readonly deferred: { readonly reason: string; readonly address: string }[];
  readonly outputs: [string, ValueChange][];
  errored: boolean;
  complete?: boolean;
  referenceFree: Plan['referenceFree'];
  references: Plan['references'];
}

function newReading(): Reading {
  const lists = { resourceChanges: [], resourceDrift: [], relevantAttributes: [], deferred: [], outputs: [] };
  return { managed: 0, errored: false, referenceFree: new Map(), references: new Map(), ...lists };
}

const LISTS = new Set<Step>(['resource_changes', 'resource_drift', 'relevant_attributes', 'deferred_changes']);
const WHOLE = new Set<Step>(['format_version', 'variables', 'configuration', 'errored', 'complete']);

function handlingOf(path: readonly Step[], kind: 'object' | 'list' | 'scalar'): Handling {
  const [section, ...rest] = path;
  if (section === undefined) return kind === 'object' ? 'descend' : 'take';
  if (section === 'prior_state') return handlingInState(rest, kind);
  if (rest.length > 0 || WHOLE.has(section)) return 'take';
  if (section === 'output_changes') return kind === 'object' ? 'descend' : 'take';
  if (LISTS.has(section)) return kind === 'list' ? 'descend' : 'take';
  return 'skip';
}

/** Of the state, its resources: each may hold a secret. */
function handlingInState(path: readonly Step[], kind: 'object' | 'list' | 'scalar'): Handling {
  if (path.length === 0) return kind === 'object' ? 'descend' : 'take';
  if (kind === 'scalar') return 'skip';
  const [, root] = path;
  const last = path.at(-1);
  if (path.length === 1) return last === 'values' ? 'descend' : 'skip';
  if (root !== 'root_module') return 'skip';
  if (typeof last === 'number') return path.at(-2) === 'resources' ? 'take' : 'descend';
  return path.length === 2 || last === 'resources' || last === 'child_modules' ? 'descend' : 'skip';
}

function requireVersion(value: Json | undefined): void {
  const version = readString(value, 'format_version');
  if (/^[01]\.\d+$/.test(version)) return;
  const message = `plan JSON: format_version ${JSON.stringify(version)}: expected 0.1 to 1.x; this Terraform is too new for this drift-exporter`;
  throw new CheckError('unsupported', message);
}

function take({ path, value }: Piece, reading: Reading): void {
  const [section, step] = path;
  switch (section) {
    case undefined:
      readObject(value, '(root)');
      return;
    case 'format_version':
      requireVersion(value);
      return;
    case 'configuration':
      reading.referenceFree = referenceFreeAttributes(value);
      reading.references = resourceReferences(value);
      return;
    case 'errored':
      reading.errored = value === true;
      return;
    case 'complete':
      if (typeof value === 'boolean') reading.complete = value;
      return;
    default:
      // What is no list or map of members came whole: it is absent, or wrong.
      if (LISTS.has(section) && step === undefined) readOptionalList(value, String(section));
      else if (section === 'output_changes' && step === undefined) readOptionalObject(value, section);
      else takeMember(value, reading, { section, step });
  }
}

function takeMember(
  value: Json,
  reading: Reading,
  at: { readonly section: Step; readonly step: Step | undefined },
): void {
  const path = `${at.section}[${at.step}]`;
  switch (at.section) {
    case 'resource_changes': {
      const change = readPlannedChange(value, path);
      if (change.mode === 'managed') reading.managed++;
      if (saysSomething(change)) reading.resourceChanges.push(change);
      return;
    }
    case 'resource_drift':
      reading.resourceDrift.push(readPlannedChange(value, path));
      return;
    case 'relevant_attributes':
      reading.relevantAttributes.push(readRelevant(value, path));
      return;
    case 'deferred_changes':
      reading.deferred.push(readDeferred(value, path));
      return;
    case 'output_changes':
      reading.outputs.push([String(at.step), readValueChange(value, `output_changes.${at.step}`)]);
  }
}

/** Most resources of most plans stay as they are. */
function saysSomething({ change, previousAddress, importing }: PlannedChange): boolean {
  return change.actions.join() !== 'no-op' || previousAddress !== undefined || importing;
}

function readPlannedChange(item: Json, path: string): PlannedChange {
  const entry = readObject(item, path);
  const { previous_address: previous, module_address: module, deposed, mode } = entry;
  const change = readObject(entry['change'], `${path}.change`);
  return {
    address: readString(entry['address'], `${path}.address`),
    ...(typeof previous === 'string' && { previousAddress: previous }),
    ...(typeof module === 'string' && { moduleAddress: module }),
    mode: typeof mode === 'string' ? mode : 'managed',
    type: readString(entry['type'], `${path}.type`),
    ...(typeof deposed === 'string' && { deposed }),
    importing: change['importing'] !== undefined && change['importing'] !== null,
    change: readValueChange(change, `${path}.change`),
  };
}

function readValueChange(value: Json, path: string): ValueChange {
  const change = readObject(value, path);
  return {
    actions: readList(change['actions'], `${path}.actions`).map((action, at) =>
      readString(action, `${path}.actions[${at}]`),
    ),
    before: change['before'],
    after: change['after'],
    afterUnknown: change['after_unknown'],
    beforeSensitive: change['before_sensitive'],
    afterSensitive: change['after_sensitive'],
    replacePaths: readOptionalList(change['replace_paths'], `${path}.replace_paths`).map((steps, at) =>
      readSteps(steps, `${path}.replace_paths[${at}]`),
    ),
  };
}

function readRelevant(item: Json, path: string): RelevantAttribute {
  const entry = readObject(item, path);
  return {
    resource: readString(entry['resource'], `${path}.resource`),
    attribute: readSteps(entry['attribute'] ?? [], `${path}.attribute`),
  };
}

function readDeferred(item: Json, path: string): { reason: string; address: string } {
  const entry = readObject(item, path);
  const change = readObject(entry['resource_change'], `${path}.resource_change`);
  const { reason } = entry;
  return {
    reason: typeof reason === 'string' ? reason : 'unknown',
    address: readString(change['address'], `${path}.resource_change.address`),
  };
}
