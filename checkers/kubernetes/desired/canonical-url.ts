/** `git@host:a/b.git`, `ssh://git@host/a/b` and `https://host/a/b/` are one repository. */
export function canonicalUrl(url: string): string {
  return url
    .trim()
    .replace(/^[a-z+]+:\/\//i, '')
    .replace(/^[^/@]*@/, '')
    .replace(/^([^/:]+):(?:\d+\/)?/, '$1/')
    .replace(/\.git\/?$|\/$/, '')
    .toLowerCase();
}
