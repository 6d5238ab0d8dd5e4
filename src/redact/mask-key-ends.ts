const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** A line inside an armoured block: base64, a header, or nothing. */
const INSIDE = /^\s*(?:[A-Za-z0-9+/]{1,100}={0,2}|[\w-]{1,40}: .{0,200})?\s*$/;

const LONGEST_PIECE = 200;
const LAST_PIECE = /(?<=[\s:])[A-Za-z0-9+/]{16,}={0,2}\s*$/;

/** Masks a private key whose beginning was cut off: only the lines before its end tell. Looks at each line once. */
export function maskKeyEnds(text: string, mask: string): string {
  if (!text.includes('-----END ')) return text;
  let from = 0;
  let masked = '';
  for (const end of text.matchAll(END)) {
    const lines = text.slice(from, end.index).split('\n');
    // What stands on the line of the end itself, before it, is the last piece of the key.
    let inside = lines.pop()?.length ?? 0;
    while (lines.length > 0 && INSIDE.test(lines.at(-1) ?? '')) inside += (lines.pop()?.length ?? 0) + 1;
    // A message may have put its own words before the first line that was left.
    const piece = LAST_PIECE.exec(lines.at(-1)?.slice(-LONGEST_PIECE) ?? '')?.[0];
    if (piece !== undefined) inside += piece.length + 1;
    masked += text.slice(from, end.index - inside) + mask;
    from = end.index + end[0].length;
  }
  return masked + text.slice(from);
}
