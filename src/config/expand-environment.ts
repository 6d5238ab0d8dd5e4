import { pathText } from './issues.ts';

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every text of a document; `$${` stands for `${`. Returns the document and
 * an error for each variable that is not set. `isNeeded`: a text that this process does not need stands as it is when a
 * variable is not set. `variables`: the paths of the texts that are one variable and nothing else.
 */
export function expandEnvironment(
  document: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  isNeeded: (path: readonly PropertyKey[]) => boolean = () => true,
): { readonly document: unknown; readonly errors: readonly string[]; readonly variables: ReadonlySet<string> } {
  const errors: string[] = [];
  const variables = new Set<string>();
  const expand = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof value === 'string') return expandText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key])]));
  };
  const expandText = (text: string, path: readonly PropertyKey[]): string => {
    if (/^\$\{[^}]*\}$/.test(text)) variables.add(pathText(path));
    return text.replaceAll(/\$\$\{|\$\{([^}]*)\}/g, (match, reference: string | undefined) => {
      if (reference === undefined) return '${';
      const [, name = '', fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(reference) ?? [];
      const value = (Object.hasOwn(environment, name) ? environment[name] : undefined) ?? fallback;
      if (value !== undefined || !isNeeded(path)) return value ?? match;
      const problem =
        name === ''
          ? `${match} is not a variable; expected \${NAME} or \${NAME:-default}`
          : `environment variable ${name} is not set`;
      errors.push(`${pathText(path)}: ${problem}`);
      return match;
    });
  };
  return { document: expand(document, []), errors, variables };
}
