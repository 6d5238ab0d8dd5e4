import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from 'js-yaml';

/** More nodes than this (aliases counted each time) is an attack or a mistake. */
const MOST_NODES = 500_000;

/** A text that cannot be read as one plain tree. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

/**
 * One YAML document, or none (null), as plain JSON values. Aliases and merge keys are allowed; cycles and documents that unfold to more
 * than 500,000 values are not. Throws a YamlError that names the line.
 */
export function readYaml(text: string): unknown {
  const document = parse(text);
  countNodes(document, { left: MOST_NODES, open: new Set() });
  return document;
}

function parse(text: string): unknown {
  try {
    const documents = loadAll(text.replace(/^\uFEFF/, ''), {
      schema: CORE_SCHEMA.withTags(mergeTag),
      maxAliases: 10_000,
    });
    if (documents.length > 1) throw new YamlError(`expected one YAML document; got ${documents.length}`);
    return documents[0] ?? null;
  } catch (error) {
    if (error instanceof YamlError) throw error;
    if (!(error instanceof YAMLException))
      throw new YamlError(`not readable as YAML: ${String(error)}`, { cause: error });
    const place = error.mark === undefined ? '' : ` at line ${error.mark.line + 1}, column ${error.mark.column + 1}`;
    throw new YamlError(`not YAML${place}: ${error.reason}`, { cause: error });
  }
}

function countNodes(value: unknown, budget: { left: number; readonly open: Set<object> }): void {
  if (--budget.left < 0) throw new YamlError(`unfolds to more than ${MOST_NODES} values: expected fewer aliases`);
  if (typeof value !== 'object' || value === null) return;
  if (budget.open.has(value)) throw new YamlError('an alias refers to what contains it: expected a tree');
  budget.open.add(value);
  for (const item of Object.values(value)) countNodes(item, budget);
  budget.open.delete(value);
}
