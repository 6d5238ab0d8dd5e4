import { CheckError, type Json } from '../../src/checker.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';
import {
  readList,
  readObject,
  readOptionalList,
  readOptionalObject,
  readSteps,
  readString,
  type JsonObject,
} from './json-reader.ts';
import type { Plan, PlannedChange, RelevantAttribute, ValueChange } from './plan.ts';
import { referenceFreeAttributes } from './reference-free.ts';

/** Text of `show -json` as JSON; CheckError `bad_output` when it is none, `unsupported` for another major version. */
export function parsePlan(text: string): JsonObject {
  const root = readObject(parseJson(text), '(root)');
  const version = readString(root['format_version'], 'format_version');
  if (!/^[01]\.\d+$/.test(version)) {
    const message = `plan JSON: format_version ${JSON.stringify(version)}: expected 0.1 to 1.x; this Terraform is too new for this drift-exporter`;
    throw new CheckError('unsupported', message);
  }
  return root;
}

/** The fields used. Unknown ones are left alone: minor versions add some. */
export function readPlan(root: JsonObject): Plan {
  const changes = (key: string): PlannedChange[] =>
    readOptionalList(root[key], key).map((item, at) => readPlannedChange(item, `${key}[${at}]`));
  const { complete } = root;
  return {
    resourceChanges: changes('resource_changes'),
    resourceDrift: changes('resource_drift'),
    relevantAttributes: readOptionalList(root['relevant_attributes'], 'relevant_attributes').map((item, at) =>
      readRelevant(item, `relevant_attributes[${at}]`),
    ),
    deferred: readOptionalList(root['deferred_changes'], 'deferred_changes').map((item, at) =>
      readDeferred(item, `deferred_changes[${at}]`),
    ),
    outputChanges: Object.fromEntries(
      Object.entries(readOptionalObject(root['output_changes'], 'output_changes')).map(([name, value]) => [
        name,
        readValueChange(value, `output_changes.${name}`),
      ]),
    ),
    errored: root['errored'] === true,
    ...(typeof complete === 'boolean' && { complete }),
    hasPriorState: root['prior_state'] !== undefined,
    referenceFree: referenceFreeAttributes(root['configuration']),
  };
}

function parseJson(text: string): Json {
  try {
    return parseExactJson(text) as Json;
  } catch (error) {
    const what = text === '' ? 'nothing' : `${text.length} characters that are not JSON (cut off?)`;
    throw new CheckError('bad_output', `plan JSON: expected one JSON object, got ${what}`, { cause: error });
  }
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
