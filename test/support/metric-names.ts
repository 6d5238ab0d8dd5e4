/** The metrics of ours, and Prometheus's `up`, that a query or a template with queries names. */
export function metricNames(text: string): readonly string[] {
  const withoutStrings = text.replaceAll(/(["'])(?:\\.|(?!\1).)*\1/g, '');
  const found = withoutStrings.match(
    /(?<![\w:])(?:drift_|process_|nodejs_)\w+(?![\w:]*:)|(?<![\w:])\w+:\w[\w:]*|(?<![\w:])up(?![\w:])/g,
  );
  return [...new Set(found)];
}
