/**
 * Whether a text matches a glob in full: `*` is any run of characters, slashes too, and `?` is one. A text also matches
 * itself. Time is at most the product of both lengths, whatever the pattern: globs come from the query of any client.
 */
export function matchesGlob(glob: string, text: string): boolean {
  if (glob === text) return true;
  let at = 0;
  let star = -1;
  let mark = 0;
  let position = 0;
  while (position < text.length) {
    if (glob[at] === '*') {
      star = at++;
      mark = position;
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === text[position])) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++mark;
    } else return false;
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}
