import { RUN_DURATION } from '../src/metrics/exposition.ts';
import { METRICS } from '../src/metrics/table.ts';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** docs/metrics.md, from the table in the code. */
export function metricsReference(): string {
  const rows = [...METRICS, { ...RUN_DURATION, type: 'histogram' }].map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => (label === '*' ? 'configured labels' : `\`${label}\``)).join(', ')} | ${cell(help)} |`,
  );
  return `# Metrics

Made from the table in \`src/metrics/table.ts\` by \`npm run docs\`. Node.js's own \`process_*\` and \`nodejs_*\` metrics are
exported beside these.

A check's series go when the check goes. Labels never hold user names, commit hashes, field values, error text or file
paths.

| metric | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** docs/configuration.md, from the JSON Schema of the file. */
export function configurationReference(schema: unknown): string {
  const { properties = {} } = schema as JsonSchema;
  const sections = Object.entries(properties).map(([name, section]) => `## \`${name}\`\n\n${sectionText(section)}`);
  return `# Configuration

Made from the schema in \`src/config/schema.ts\` by \`npm run docs\`. [examples/reference.yaml](../examples/reference.yaml) shows
every key. The options of each checker are on its own page, beside its code.

The file is YAML 1.2 with merge keys. It is strict: an unknown key, a wrong type, a duplicate name or a bad duration is
an error that names its path, what was expected and what came; all errors of a file are reported at once
(\`drift-exporter validate\`). Durations are written \`500ms\`, \`90s\`, \`15m\`, \`1h30m\`, \`2d\`, \`1w\`. Relative paths start
at the directory of the file.

\`\${NAME}\` in a value is replaced by the environment variable, \`\${NAME:-default}\` has a default, \`$\${\` stands for
\`\${\`. A variable that is not set is an error. Where a number, or true or false, is expected, a value that is one variable and
nothing else is read as one, quoted or not: \`concurrency: \${WORKERS:-4}\`, \`enable_lifecycle: \${LIFECYCLE:-false}\`. Where a text
is expected it stays the text that the variable holds, also \`0123\`, \`1e5\` and \`true\`. Keys that end in \`_file\` name files with secrets, read again when needed.

For completion in editors, begin the file with
\`# yaml-language-server: $schema=PATH/drift-exporter.schema.json\`; \`drift-exporter schema\` prints that schema.

${sections.join('\n\n')}
`;
}

function sectionText(section: JsonSchema): string {
  const rows = rowsOf(section.items ?? section, '');
  if (rows.length === 0) return `${typeOf(section)}. ${section.description ?? ''}`;
  return `${section.items === undefined ? '' : 'A list of:\n\n'}| key | type | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}`;
}

function rowsOf(schema: JsonSchema, at: string): string[] {
  const variants = schema.anyOf?.filter(({ properties }) => properties !== undefined) ?? [];
  if (variants.length > 0) return [...new Set(variants.flatMap((variant) => rowsOf(variant, at)))];
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${at}${key}`;
    const needed = schema.required?.includes(key) === true ? 'required' : '';
    const fallback = value.default === undefined ? needed : `\`${JSON.stringify(value.default)}\``;
    const own = `| \`${path}\` | ${typeOf(value)} | ${fallback} | ${cell(value.description ?? '')} |`;
    return value.properties === undefined ? [own] : rowsOf(value, `${path}.`);
  });
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return `map of ${typeOf(schema.additionalProperties)}`;
  return (
    (
      { string: 'text', integer: 'whole number', boolean: 'true or false', object: 'map' } as Readonly<
        Record<string, string>
      >
    )[[schema.type ?? []].flat()[0] ?? ''] ?? 'any'
  );
}

/** One line of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
