/** The documentation tells the truth: links lead somewhere, and resources in it are valid. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFile } from '../crds/parse.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'bench/*.md', 'sdk/*/README.md'], {
  cwd: ROOT,
}).sort();

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

describe.each(PAGES)('%s', (page) => {
  const text = read(page);
  const prose = text.replaceAll(/```[^]*?```/g, '').replaceAll(/`[^`]*`/g, '');

  it('links to files and headings that exist', () => {
    const broken = [...prose.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((link) => {
        const [path = '', heading] = link.split('#');
        const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
        if (!existsSync(target)) return true;
        return heading !== undefined && !headings(readFileSync(target, 'utf8')).includes(heading);
      });
    expect(broken).toEqual([]);
  });

  it('shows valid resources', () => {
    const blocks = [...text.matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1]!);
    const errors = blocks
      .filter((block) => block.startsWith('apiVersion: headgate.dev/'))
      .flatMap((block) => parseFile(Buffer.from(block), page).errors);
    expect(errors).toEqual([]);
  });
});

/** The anchors of a page, as GitHub makes them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
