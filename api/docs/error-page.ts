import { ERROR_CODES, type ErrorCodeName } from '../../foundation/errors.ts';
import { escapeHtml, htmlPage, inline, type HtmlPage } from './html.ts';

/** The page that `type` of a problem points to. */
export function errorPage(code: ErrorCodeName): HtmlPage {
  const { title, status, exit, meaning, fix } = ERROR_CODES[code];
  const others = Object.keys(ERROR_CODES)
    .map((name) => `<li><a href="/docs/errors/${name}"${name === code ? ' aria-current="page"' : ''}>${name}</a></li>`)
    .join('');
  const body = `<main class="narrow">
<p><a href="/docs">API reference</a></p>
<h1>${escapeHtml(title)}</h1>
<p class="facts"><code>${code}</code> <span>HTTP ${status}</span> <span>exit code ${exit}</span></p>
<h2>What happened</h2>
<p>${inline(meaning)}</p>
<h2>What to do</h2>
<p>${inline(fix)}</p>
<details><summary>All codes</summary><ul class="codes">${others}</ul></details>
</main>`;
  return htmlPage(`${title} · Headgate`, body);
}
