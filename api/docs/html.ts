import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Text made safe for element content and double-quoted attributes. */
export function escapeHtml(text: unknown): string {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Escaped text in which `code` in backticks is set as code. */
export function inline(text: unknown): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

export interface HtmlPage {
  readonly html: string;
  /** What the page needs beyond the usual security headers: its own style and script, by hash, and this server. */
  readonly headers: Record<string, string>;
}

/** A page that holds everything it needs. */
export function htmlPage(title: string, body: string, script = ''): HtmlPage {
  const style = readFileSync(new URL('page.css', import.meta.url), 'utf8');
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    ...(script === '' ? [] : [`script-src '${hashOf(script)}'`, "connect-src 'self'"]),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body}
${script === '' ? '' : `<script>${script}</script>`}
</body>
</html>
`;
  return { html, headers: { 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' } };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
