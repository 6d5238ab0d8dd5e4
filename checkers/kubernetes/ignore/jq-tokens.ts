/** One word of a jq expression. */
export type JqToken =
  | { readonly kind: 'field'; readonly text: string; readonly value: string }
  | { readonly kind: 'text'; readonly text: string; readonly value: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'word' | 'symbol'; readonly text: string };

const TOKEN =
  /\s*(?:(\.\.)|\.([A-Za-z_]\w*)|\.("(?:[^"\\]|\\.)*")|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(==|!=|<=|>=|[.|,()[\]?<>]))/y;

/** Splits an expression. Throws an Error at a character that no token begins with. */
export function jqTokens(text: string): JqToken[] {
  const tokens: JqToken[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      throw new Error(`unexpected ${JSON.stringify(text.slice(from).trim()[0])} in ${shownExpression(text)}`);
    }
    tokens.push(tokenOf(match));
  }
  return tokens;
}

function tokenOf([, descent, field, quotedField, quoted, number, word, symbol]: readonly (
  string | undefined
)[]): JqToken {
  if (field !== undefined) return { kind: 'field', text: `.${field}`, value: field };
  if (quotedField !== undefined)
    return { kind: 'field', text: `.${quotedField}`, value: JSON.parse(quotedField) as string };
  if (quoted !== undefined) return { kind: 'text', text: quoted, value: JSON.parse(quoted) as string };
  if (number !== undefined) return { kind: 'number', text: number, value: Number(number) };
  if (word !== undefined) return { kind: 'word', text: word };
  return { kind: 'symbol', text: descent ?? symbol ?? '' };
}

/** An expression in a message, without what it compares with: that may be a secret. Names of fields stay. */
export function shownExpression(text: string): string {
  return JSON.stringify(text.replaceAll(/((?:[=!]=|[<>]=?|\()\s*)"(?:[^"\\]|\\.)*"?/g, '$1"(not shown)"'));
}
