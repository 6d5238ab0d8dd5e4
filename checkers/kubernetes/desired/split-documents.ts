/** One document of a YAML stream. */
export interface YamlDocument {
  /** 1-based, counting only documents that say something. */
  readonly index: number;
  /** 1-based line of the stream on which `text` starts. */
  readonly line: number;
  readonly text: string;
}

const SEPARATOR = /^---(?=\s|$)/;
const END = /^\.\.\.\s*$/;
const SAYS_NOTHING = /^\s*(?:#.*|%.*)?$/;

/**
 * The documents of a YAML stream, so that one that does not parse hides no other. Empty ones (comments and directives
 * only) are left out. A byte order mark and CRLF are read as if they were not there.
 */
export function splitDocuments(stream: string): YamlDocument[] {
  const lines = stream.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const documents: YamlDocument[] = [];
  let start = 0;
  const close = (end: number): void => {
    const body = lines.slice(start, end);
    const first = body.findIndex((line) => !SAYS_NOTHING.test(line));
    if (first === -1) return;
    const text = body.slice(first).join('\n');
    documents.push({ index: documents.length + 1, line: start + first + 1, text });
  };
  for (const [number, line] of lines.entries()) {
    if (SEPARATOR.test(line)) {
      close(number);
      lines[number] = line.replace(SEPARATOR, '');
      start = number;
    } else if (END.test(line)) {
      close(number);
      start = number + 1;
    }
  }
  close(lines.length);
  return documents;
}
